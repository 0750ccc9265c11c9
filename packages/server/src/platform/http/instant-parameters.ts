import { invalidField } from '../errors.ts';

/**
 * A query parameter declared as `timestampOrDate`, as a field of its name; none when it was not sent.
 * @throws PrecertError `validation_error` for an instant PostgreSQL cannot hold
 */
export function instantParameter<Name extends string>(
  name: Name,
  text: string | undefined,
): { [Key in Name]?: Date } {
  if (text === undefined) return {};
  const date = new Date(text);
  const year = date.getUTCFullYear();
  if (!(year >= 1 && year <= 9999)) {
    throw invalidField(
      name,
      'invalid_format',
      'Expected an RFC 3339 timestamp or a date between the years 0001 and 9999.',
    );
  }
  // The computed key is the one name there is.
  return { [name]: date } as { [Key in Name]?: Date };
}
