/** A table whose columns are as wide as their longest cell, so that it can be read without rendering. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`;
  const [first = [], ...others] = cells;
  return [line(first), line(widths.map((width) => '-'.repeat(width))), ...others.map(line)].join('\n');
}

export function code(text: string): string {
  return `\`${text}\``;
}

export function json(value: unknown): string {
  return ['```json', JSON.stringify(value, null, 2), '```'].join('\n');
}

/** A reference page: where it comes from is said once, under the title. */
export function page(title: string, source: string, parts: readonly string[]): string {
  const origin = `<!-- Made by \`npm run docs\` from ${source}. Do not edit. -->`;
  return `${[`# ${title}`, origin, ...parts].join('\n\n')}\n`;
}
