import { Type } from 'typebox';
import { nextDate, startOfLocalDay } from '../../appointments/local-time.ts';
import { invalidField } from '../../platform/errors.ts';
import { calendarDate } from '../../platform/http/schemas.ts';

/** The vendor's paging, by number (contract claims.md, 4.5). */
export function pageQuery(sizes: { readonly default: number; readonly maximum: number }) {
  return {
    page: Type.Integer({ minimum: 1, maximum: 1_000_000, default: 1 }),
    page_size: Type.Integer({ minimum: 1, maximum: sizes.maximum, default: sizes.default }),
  };
}

export const Pagination = Type.Object({
  current_page: Type.Integer(),
  total_pages: Type.Integer(),
  total_count: Type.Integer(),
  page_size: Type.Integer(),
});

interface PageQuery {
  readonly page: number;
  readonly page_size: number;
}

export function rowsOfPage({ page, page_size }: PageQuery): { offset: number; limit: number } {
  return { offset: (page - 1) * page_size, limit: page_size };
}

export function paginationJson({ page, page_size }: PageQuery, totalCount: number) {
  return {
    current_page: page,
    total_pages: Math.ceil(totalCount / page_size),
    total_count: totalCount,
    page_size,
  };
}

export const dateRangeQuery = {
  start_date: Type.Optional(calendarDate({ description: 'The first day, in UTC.' })),
  end_date: Type.Optional(calendarDate({ description: 'The last day, in UTC.' })),
};

interface DateRange {
  readonly from: Date | undefined;
  readonly to: Date | undefined;
}

/**
 * Both days are part of the range, and either may be left out.
 * @throws PrecertError `validation_error` when it ends before it begins, or is beyond reason
 */
export function dateRange(query: { readonly start_date?: string; readonly end_date?: string }): DateRange {
  const { start_date: first, end_date: last } = query;
  checkRange(first, last);
  return {
    from: first === undefined ? undefined : startOfLocalDay(first, 'UTC'),
    to: last === undefined ? undefined : startOfLocalDay(nextDate(last), 'UTC'),
  };
}

/** As `dateRange` for two days by the clock of a time zone. */
export function localDateRange(
  { start_date: first, end_date: last }: { readonly start_date: string; readonly end_date: string },
  timezone: string,
): { readonly from: Date; readonly to: Date } {
  checkRange(first, last);
  return { from: startOfLocalDay(first, timezone), to: startOfLocalDay(nextDate(last), timezone) };
}

function checkRange(first: string | undefined, last: string | undefined): void {
  for (const [name, date] of [
    ['start_date', first],
    ['end_date', last],
  ] as const) {
    // A database does not hold every day that can be written.
    if (date !== undefined && (date < '1900-01-01' || date > '2999-12-31'))
      throw invalidField(name, 'out_of_range', 'Expected a day of the years 1900 to 2999.');
  }
  if (first !== undefined && last !== undefined && last < first)
    throw invalidField('end_date', 'too_small', 'Expected a day not before start_date.');
}
