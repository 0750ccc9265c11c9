/** What a benchmark measures and how its result is judged. */

export interface FigureOptions {
  /** How often each measurement is repeated; odd, so that the median is one of them. */
  readonly rounds: number;
  /** Length of one load or one pgbench run. */
  readonly seconds: number;
}

export interface Row {
  readonly figure: string;
  readonly measured: string;
  readonly aim: string;
  readonly ratio: string;
  readonly verdict: 'ok' | 'miss' | '';
}

/** A benchmark by the name the command line knows it by. */
export interface Figure {
  readonly name: string;
  measure(options: FigureOptions): Promise<readonly Row[]>;
}

export type Aim = { readonly atLeast: number } | { readonly atMost: number };

/**
 * A judged row. `value` is what the aim speaks of, be it the measurement itself or a ratio; without an aim the row
 * only informs.
 */
export function row(
  figure: string,
  measured: string,
  judged: {
    readonly aim?: Aim;
    readonly aimText?: string;
    readonly value?: number;
    readonly ratio?: string;
  } = {},
): Row {
  const { aim, aimText = '', value, ratio = '' } = judged;
  const verdict = aim === undefined || value === undefined ? '' : meets(value, aim) ? 'ok' : 'miss';
  return { figure, measured, aim: aimText, ratio, verdict };
}

function meets(value: number, aim: Aim): boolean {
  return 'atLeast' in aim ? value >= aim.atLeast : value <= aim.atMost;
}
