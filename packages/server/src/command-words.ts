import { isCalendarDate, isTimestamp } from './platform/http/formats.ts';

/** A word of a command that makes no sense; `message` says what would. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface Command {
  readonly usage: string;
  readonly meaning: string;
  run(words: readonly string[]): Promise<void>;
}

export type Options = Readonly<Record<string, string | undefined>>;

/** `--name value` pairs. @throws UsageError for a name that is not known, or has no value */
export function readOptions(words: readonly string[], known: readonly string[]): Options {
  const options: Record<string, string> = {};
  for (let index = 0; index < words.length; index += 2) {
    const name = words[index]?.replace(/^--/, '') ?? '';
    const value = words[index + 1];
    if (!words[index]?.startsWith('--') || !known.includes(name) || value === undefined) {
      throw new UsageError(`Not understood: ${words[index]}`);
    }
    options[name] = value;
  }
  return options;
}

/** @throws UsageError naming the option that is missing */
export function required(options: Options, name: string): string {
  const value = options[name];
  if (value === undefined) throw new UsageError(`Name --${name}.`);
  return value;
}

/** @throws UsageError for what is neither a date nor a timestamp */
export function readInstant(options: Options, name: string): Date | undefined {
  const text = options[name];
  if (text === undefined) return undefined;
  if (!isCalendarDate(text) && !isTimestamp(text)) {
    throw new UsageError(`--${name} is a date (2027-03-13) or a timestamp (2027-03-13T17:00:00Z).`);
  }
  return new Date(text);
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}
