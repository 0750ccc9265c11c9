/** What a practice calls a day and an hour: instants by the wall clock of its time zone. */

const minuteMs = 60_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** `2026-03-13T13:00:00-04:00`, the vendor's form of a date with time (contract claims.md, 5.1). */
export function localDateTime(instant: Date, timezone: string): string {
  const offset = offsetMinutes(instant, timezone);
  const wall = new Date(instant.getTime() + offset * minuteMs).toISOString().slice(0, 19);
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60].map(twoDigits);
  return `${wall}${offset < 0 ? '-' : '+'}${hours}:${minutes}`;
}

/** `2026-03-13`, the day an instant falls on. */
export function localDate(instant: Date, timezone: string): string {
  return localDateTime(instant, timezone).slice(0, 10);
}

/** The instant a calendar day begins. @param date `YYYY-MM-DD` */
export function startOfLocalDay(date: string, timezone: string): Date {
  const wall = new Date(`${date}T00:00:00.000Z`).getTime();
  // The offset at about that time leads to the right side of a change of clocks; a second look settles it.
  const near = wall - offsetMinutes(new Date(wall), timezone) * minuteMs;
  return new Date(wall - offsetMinutes(new Date(near), timezone) * minuteMs);
}

/** The day after, as `YYYY-MM-DD`. */
export function nextDate(date: string): string {
  return new Date(new Date(`${date}T00:00:00.000Z`).getTime() + 24 * 60 * minuteMs)
    .toISOString()
    .slice(0, 10);
}

/** How far the wall clock is ahead of UTC. Offsets of whole minutes only: those with seconds ended long ago. */
function offsetMinutes(instant: Date, timezone: string): number {
  const parts = Object.fromEntries(
    formatOf(timezone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts;
  const wall = Date.UTC(year, month - 1, day, hour, minute);
  return Math.round((wall - Math.floor(instant.getTime() / minuteMs) * minuteMs) / minuteMs);
}

/** Making one costs more than using it a hundred times. */
function formatOf(timezone: string): Intl.DateTimeFormat {
  const known = formats.get(timezone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  formats.set(timezone, format);
  return format;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
