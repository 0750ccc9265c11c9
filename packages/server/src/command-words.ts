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

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}
