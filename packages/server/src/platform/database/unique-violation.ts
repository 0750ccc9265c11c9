/** Telling "somebody else wrote this first" from every other failure. */

import { sqlState } from './database-errors.ts';

export interface UniqueViolation {
  /** Name of the constraint or unique index, as the migration wrote it. */
  readonly constraint: string;
}

/** The violated constraint when `error` is SQLSTATE 23505, on either database. */
export function uniqueViolation(error: unknown): UniqueViolation | undefined {
  if (sqlState(error) !== '23505') return undefined;
  const constraint: unknown = Reflect.get(Object(error), 'constraint');
  return typeof constraint === 'string' ? { constraint } : undefined;
}

/** True when `error` violates exactly this constraint or unique index. */
export function violatesUnique(error: unknown, constraint: string): boolean {
  return uniqueViolation(error)?.constraint === constraint;
}
