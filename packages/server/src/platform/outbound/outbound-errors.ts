/** Why a URL is not called. `message` is for the person who wrote it; it names no address that was found behind it. */
export class OutboundRefusedError extends Error {
  override readonly name = 'OutboundRefusedError';
}

export const outboundFailures = [
  'address_refused',
  'name_not_resolved',
  'connect_timeout',
  'connection_refused',
  'connection_failed',
  'tls_failed',
  'timeout',
  'invalid_answer',
] as const;
export type OutboundFailure = (typeof outboundFailures)[number];

/** A call that got no answer. */
export class OutboundError extends Error {
  override readonly name = 'OutboundError';
  readonly failure: OutboundFailure;

  constructor(failure: OutboundFailure, cause?: unknown) {
    super(`A call to another system failed: ${failure}.`, { cause });
    this.failure = failure;
  }
}

const byCode: Readonly<Record<string, OutboundFailure>> = {
  ECONNREFUSED: 'connection_refused',
  ECONNRESET: 'connection_failed',
  EPIPE: 'connection_failed',
  EPROTO: 'tls_failed',
  ETIMEDOUT: 'connect_timeout',
};

/** What Node reported, in our words. */
export function asOutboundError(error: unknown): OutboundError {
  if (error instanceof OutboundError) return error;
  const code = errorCode(error);
  if (code.startsWith('HPE_')) return new OutboundError('invalid_answer', error);
  if (/^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH|INVALID_CA)/.test(code))
    return new OutboundError('tls_failed', error);
  return new OutboundError(byCode[code] ?? 'connection_failed', error);
}

function errorCode(error: unknown): string {
  // Several addresses were tried (RFC 8305): the last failure stands for all.
  const one = error instanceof AggregateError ? error.errors.at(-1) : error;
  return one instanceof Error && 'code' in one ? String(one.code) : '';
}
