/**
 * Values as PostgreSQL's text format, so that both engines receive byte for byte the same. Each engine's own
 * conversion differs: `pg` writes dates in local time, PGlite guesses from the column type.
 */

/**
 * Text of every value, `null` for `undefined` and `null`. A Date becomes an ISO instant, bytes become
 * `\x…`, an array becomes a PostgreSQL array, a plain object becomes JSON. An array for a `jsonb` column
 * must be bound through `json(...)`: the value alone cannot tell which of the two is meant.
 * @throws TypeError for a function, a symbol or an array of plain objects.
 */
export function parameterTexts(values: readonly unknown[]): (string | null)[] {
  return values.map(parameterText);
}

/** JSON text for a `json` or `jsonb` parameter. Needed for arrays, allowed for anything. `undefined` becomes SQL null. */
export function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

/** Bytes as PostgreSQL reads them, for a `bytea` column of a JSON record. */
export function byteaText(bytes: Uint8Array): string {
  return `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`;
}

function parameterText(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (Array.isArray(value)) return arrayText(value);
  const scalar = scalarText(value);
  if (scalar !== undefined) return scalar;
  if (typeof value === 'object') return JSON.stringify(value);
  throw new TypeError(`A ${typeof value} cannot be bound to a statement.`);
}

function scalarText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return String(value);
  if (value instanceof Date) return value.toISOString();
  return value instanceof Uint8Array ? byteaText(value) : undefined;
}

function arrayText(values: readonly unknown[]): string {
  return `{${values.map(elementText).join(',')}}`;
}

function elementText(value: unknown): string {
  if (value === undefined || value === null) return 'NULL';
  if (Array.isArray(value)) return arrayText(value);
  const scalar = scalarText(value);
  if (scalar === undefined) {
    throw new TypeError(
      'An array of objects cannot be bound as a PostgreSQL array; bind JSON with json(...).',
    );
  }
  return `"${scalar.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
