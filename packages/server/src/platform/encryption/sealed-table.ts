/**
 * A table with a column `sealed`, guarded by `protect_sealed_column` in its migration. `key` names the columns that,
 * with the organization, name a row: a sealed value is bound to them.
 */
export interface SealedTable {
  readonly name: string;
  readonly key: readonly string[];
}
