/** What the load generator is told and what it answers; both cross a process boundary as JSON. */

export interface LoadRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface LoadJob {
  readonly url: string;
  readonly seconds: number;
  /** Requests per second over all connections; undefined for as many as the server answers. */
  readonly rate?: number;
  /** One list per connection, sent in order and over again, so that connections need not meet on one case. */
  readonly requestsByConnection: readonly (readonly LoadRequest[])[];
}

export interface LoadResult {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly count: number;
}

export type LoadAnswer = { readonly result: LoadResult } | { readonly failure: string };
