/** Speaks HTTP to a server as one organization would. */

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON; undefined for an empty body. Tests say what they expect of it. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads arbitrary answers and asserts on what it finds.
  readonly body: any;
}

export interface ApiClient {
  readonly baseUrl: string;
  readonly organizationId: string;
  readonly bearerToken: string;
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
  /** A request of any shape, with this client's bearer unless the headers name another. */
  send(path: string, init: RequestInit & { readonly duplex?: 'half' }): Promise<Answer>;
}

export function createApiClient(
  baseUrl: string,
  credential: { readonly organizationId: string; readonly bearerToken: string },
): ApiClient {
  const send: ApiClient['send'] = async (path, init) => {
    const headers = new Headers({ authorization: `Bearer ${credential.bearerToken}` });
    for (const [name, value] of new Headers(init.headers)) headers.set(name, value);
    const response = await fetch(path.startsWith('http') ? path : `${baseUrl}${path}`, { ...init, headers });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parse(text) };
  };
  return {
    baseUrl,
    ...credential,
    send,
    call(method, path, body, headers = {}) {
      if (body === undefined) return send(path, { method, headers });
      return send(path, {
        method,
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
    },
  };
}

function parse(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
