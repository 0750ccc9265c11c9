import type { Queryable } from '../database/database.ts';
import type { Vault } from './vault.ts';

/** What a query of a table with sealed values leans on: the first argument of its functions. */
export interface Store {
  readonly database: Queryable;
  readonly vault: Vault;
}
