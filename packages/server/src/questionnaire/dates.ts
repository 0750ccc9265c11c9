/**
 * FHIR R4 dates and times as text. Partial dates (YYYY, YYYY-MM) are legal; a dateTime with a time must name its
 * zone; a time is a wall-clock time without a zone. Source: FHIR R4 datatypes, section 2.24.0.1.
 */

const datePattern = /^\d{4}(?:-\d\d(?:-\d\d)?)?$/;
const timeText = '([01]\\d|2[0-3]):([0-5]\\d):([0-5]\\d|60)(\\.\\d{1,9})?';
const timePattern = new RegExp(`^${timeText}$`);
const dateTimePattern = new RegExp(
  `^(\\d{4}-\\d\\d-\\d\\d)T${timeText}(?:Z|([+-])(0\\d|1[0-3]):([0-5]\\d)|([+-])14:00)$`,
);

/** True for a day that is on the calendar, or for a year or month alone. Year 0000 does not exist. */
export function isDate(text: string): boolean {
  if (!datePattern.test(text)) return false;
  const year = Number(text.slice(0, 4));
  if (year === 0 || text.length === 4) return year > 0;
  const month = Number(text.slice(5, 7));
  if (month < 1 || month > 12) return false;
  if (text.length === 7) return true;
  const day = Number(text.slice(8));
  return day >= 1 && day <= daysInMonth(year, month);
}

export function isTime(text: string): boolean {
  return timePattern.test(text);
}

export function isDateTime(text: string): boolean {
  if (text.length <= 10) return isDate(text);
  const match = dateTimePattern.exec(text);
  return match?.[1] !== undefined && isDate(match[1]);
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/**
 * Negative, zero or positive; undefined when the precisions differ and the parts both have are equal, because
 * "2020-05" is neither before, after nor equal to "2020-05-10". Both texts must be dates.
 */
export function compareDates(left: string, right: string): number | undefined {
  if (left.length === right.length) return compareText(left, right);
  const shared = Math.min(left.length, right.length);
  const order = compareText(left.slice(0, shared), right.slice(0, shared));
  return order === 0 ? undefined : order;
}

/**
 * As `compareDates`. Two values with times compare as instants. A value without a time has no zone, so it is
 * compared with the calendar day the other one names.
 */
export function compareDateTimes(left: string, right: string): number | undefined {
  if (left.length <= 10 || right.length <= 10) {
    if (left.length <= 10 && right.length <= 10) return compareDates(left, right);
    const order = compareDates(left.slice(0, 10), right.slice(0, 10));
    return order === 0 ? undefined : order;
  }
  return instantOf(left) - instantOf(right);
}

/** Both texts must be times. Fractions compare by value: 10:00:00 equals 10:00:00.0. */
export function compareTimes(left: string, right: string): number {
  return secondsOf(left) - secondsOf(right);
}

/** Milliseconds since 1970 in UTC. */
function instantOf(text: string): number {
  const zoneAt = text.endsWith('Z') ? text.length - 1 : text.length - 6;
  const day = Date.UTC(2000, Number(text.slice(5, 7)) - 1, Number(text.slice(8, 10)));
  // Date.UTC reads years below 100 as 19xx, so the year is set apart.
  const midnight = new Date(day).setUTCFullYear(
    Number(text.slice(0, 4)),
    Number(text.slice(5, 7)) - 1,
    Number(text.slice(8, 10)),
  );
  return midnight + secondsOf(text.slice(11, zoneAt)) * 1000 - zoneMinutes(text.slice(zoneAt)) * 60_000;
}

function zoneMinutes(zone: string): number {
  if (zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  return zone.startsWith('-') ? -minutes : minutes;
}

function secondsOf(time: string): number {
  return Number(time.slice(0, 2)) * 3600 + Number(time.slice(3, 5)) * 60 + Number(time.slice(6));
}

function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
