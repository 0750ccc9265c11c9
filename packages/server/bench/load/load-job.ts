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
  /** 503 is an answer, counted by itself; otherwise it ends the run. */
  readonly mayBeRefused?: true;
  /** One list per connection, sent in order and over again, so that connections need not meet on one case. */
  readonly requestsByConnection: readonly (readonly LoadRequest[])[];
}

export interface LoadResult {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly count: number;
  /** Answers that were 503; none of the other figures counts them. */
  readonly refused: number;
}

export type LoadAnswer = { readonly result: LoadResult } | { readonly failure: string };
