import type { Ajv } from 'ajv';

const datePattern = /^(\d{4})-(\d{2})-(\d{2})$/;
// RFC 3339 with a zone; leap seconds are refused because JavaScript's Date cannot hold them.
const timePattern = /^T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
const dateLength = 10;

/** Whether the text is a day that exists, as `YYYY-MM-DD`. Year 0000 is refused: PostgreSQL has none. */
export function isCalendarDate(text: string): boolean {
  const [, year, month, day] = datePattern.exec(text) ?? [];
  if (year === undefined || month === undefined || day === undefined || year === '0000') return false;
  const date = new Date(`${text}T00:00:00.000Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, dateLength) === text;
}

/** Whether the text is an RFC 3339 timestamp with a zone, on a day that exists. */
export function isTimestamp(text: string): boolean {
  return isCalendarDate(text.slice(0, dateLength)) && timePattern.test(text.slice(dateLength));
}

/** Our own reading of the two formats, in place of ajv-formats'. */
export function addOwnFormats(ajv: Pick<Ajv, 'addFormat'>): void {
  ajv.addFormat('date', isCalendarDate);
  ajv.addFormat('date-time', isTimestamp);
}
