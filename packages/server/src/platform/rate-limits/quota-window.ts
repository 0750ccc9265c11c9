/** Every limit is so many units in a window of this length. A subject's window begins when it first uses something. */
export const windowMs = 60_000;

/** What has been drawn from a subject's quota since its window began, by all processes together. */
export interface QuotaWindow {
  /** Milliseconds of Unix time. */
  readonly startedAt: number;
  /** Also counts what was asked for and could not be given. */
  readonly taken: number;
}

/** Units a process wants to have in advance. */
export interface Draw {
  readonly subject: string;
  readonly units: number;
}

/** A subject's window right after a draw. */
export interface Drawn extends QuotaWindow {
  readonly subject: string;
}

/** Where windows are kept. Draws of several processes at once are made one after the other. */
export interface QuotaStore {
  /** Answers in the order of the draws. */
  draw(draws: readonly Draw[], now: number): Promise<readonly Drawn[]>;
}

/**
 * Also over is a window that begins a whole window in the future: it was begun by a process whose clock was wrong, and
 * would otherwise hold everybody for as long as that clock was ahead.
 */
export function isOver({ startedAt }: Pick<QuotaWindow, 'startedAt'>, now: number): boolean {
  return Math.abs(now - startedAt) >= windowMs;
}

/** The window after a draw: the current one, or a new one when there is none or it is over. */
export function drawFrom(window: QuotaWindow | undefined, units: number, now: number): QuotaWindow {
  if (window === undefined || isOver(window, now)) return { startedAt: now, taken: units };
  return { startedAt: window.startedAt, taken: window.taken + units };
}
