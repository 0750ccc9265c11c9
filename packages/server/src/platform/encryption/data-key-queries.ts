import type { Queryable } from '../database/database.ts';
import type { DataKeyContext } from './key-provider.ts';

/** A data key as it is kept: wrapped. */
export interface DataKey extends DataKeyContext {
  /** Name of the master key that wrapped it. */
  readonly masterKey: string;
  readonly wrapped: Uint8Array;
  /** Values sealed with it, as far as processes have reported them. */
  readonly uses: number;
  /** Set once another version seals instead; it opens until nothing needs it any more. */
  readonly retiredAt: Date | null;
  /** Set once no row takes what it sealed; it still opens what is there. */
  readonly closedAt: Date | null;
}

const columns = `k.organization_id as "organizationId", k.purpose, k.version, k.master_key as "masterKey", k.wrapped,
  k.uses, k.retired_at as "retiredAt", k.closed_at as "closedAt"`;

/** @returns undefined for an organization that does not exist, `shredded` for one whose keys were destroyed */
export async function readDataKeys(
  database: Queryable,
  organizationId: string,
): Promise<readonly DataKey[] | 'shredded' | undefined> {
  const rows = await database.query<Nullable<DataKey> & { readonly isShredded: boolean }>(
    {
      name: 'read_data_keys',
      text: `select o.shredded_at is not null as "isShredded", ${columns}
               from organization o left join data_key k on k.organization_id = o.id
              where o.id = $1`,
    },
    [organizationId],
  );
  if (rows[0] === undefined) return undefined;
  if (rows[0].isShredded) return 'shredded';
  return rows.filter(isDataKey);
}

type Nullable<Type> = { readonly [Key in keyof Type]: Type[Key] | null };

/** An organization without keys joins to one row without any. */
function isDataKey<Row extends Nullable<DataKey>>(row: Row): row is Row & DataKey {
  return row.version !== null;
}

/** Adds what this process has sealed to the key's count. */
export async function addKeyUses(
  database: Queryable,
  organizationId: string,
  version: number,
  uses: number,
): Promise<void> {
  await database.execute(
    `update data_key set uses = uses + $3 where organization_id = $1 and purpose = 'data' and version = $2`,
    [organizationId, version, uses],
  );
}

/**
 * Adds a key unless there is one of this version already, or the organization's keys were destroyed. The organization
 * is locked, so that a key is not added to one that is being destroyed.
 */
export async function insertDataKey(
  database: Queryable,
  key: Pick<DataKey, 'organizationId' | 'purpose' | 'version' | 'masterKey' | 'wrapped'> & {
    readonly createdAt: Date;
  },
): Promise<void> {
  await database.execute(
    `insert into data_key (organization_id, purpose, version, master_key, wrapped, created_at)
     select o.id, $2, $3, $4, $5, $6 from organization o where o.id = $1 and o.shredded_at is null for share
     on conflict do nothing`,
    [key.organizationId, key.purpose, key.version, key.masterKey, key.wrapped, key.createdAt],
  );
}

/** Has every data key seal no more but the newest. */
export async function retireFormerKeys(
  database: Queryable,
  organizationId: string,
  retiredAt: Date,
): Promise<void> {
  await database.execute(
    `update data_key k set retired_at = $2
      where k.organization_id = $1 and k.purpose = 'data' and k.retired_at is null
        and k.version < (select max(version) from data_key
                          where organization_id = $1 and purpose = 'data')`,
    [organizationId, retiredAt],
  );
}

/** Has the tables refuse what a retired key seals from now on (`require_data_key`). */
export async function closeDataKey(
  database: Queryable,
  organizationId: string,
  version: number,
  closedAt: Date,
): Promise<void> {
  await database.execute(
    `update data_key set closed_at = $3
      where organization_id = $1 and purpose = 'data' and version = $2 and retired_at is not null and closed_at is null`,
    [organizationId, version, closedAt],
  );
}

/** Of a key that is closed. */
export async function deleteDataKey(
  database: Queryable,
  organizationId: string,
  version: number,
): Promise<void> {
  await database.execute(
    `delete from data_key where organization_id = $1 and purpose = 'data' and version = $2 and closed_at is not null`,
    [organizationId, version],
  );
}

/**
 * Destroys an organization's keys, and with them whatever they sealed. No others are made for it.
 * @returns false when there is no such organization, or it was done before
 */
export async function destroyDataKeys(
  database: Queryable,
  organizationId: string,
  now: Date,
): Promise<boolean> {
  const marked = await database.execute(
    'update organization set shredded_at = $2 where id = $1 and shredded_at is null',
    [organizationId, now],
  );
  if (marked === 0) return false;
  await database.execute('delete from data_key where organization_id = $1', [organizationId]);
  return true;
}

/** Replaces a wrapping by another, unless somebody else did. */
export async function updateWrapping(
  database: Queryable,
  before: DataKey,
  wrapping: { readonly masterKey: string; readonly wrapped: Uint8Array },
): Promise<boolean> {
  const updated = await database.execute(
    `update data_key set master_key = $4, wrapped = $5
      where organization_id = $1 and purpose = $2 and version = $3 and wrapped = $6`,
    [
      before.organizationId,
      before.purpose,
      before.version,
      wrapping.masterKey,
      wrapping.wrapped,
      before.wrapped,
    ],
  );
  return updated === 1;
}

/** For commands, which serve all organizations: keys that another master key wrapped, some at a time. */
export async function listKeysWrappedByOthers(
  database: Queryable,
  masterKey: string,
  limit: number,
): Promise<readonly DataKey[]> {
  return database.query(`select ${columns} from data_key k where k.master_key <> $1 limit $2`, [
    masterKey,
    limit,
  ]);
}

/** One key for each master key that wrapped any. */
export async function listWrappingSamples(database: Queryable): Promise<readonly DataKey[]> {
  return database.query(
    `select distinct on (k.master_key) ${columns} from data_key k order by k.master_key, k.organization_id`,
  );
}

export interface KeyCount {
  readonly masterKey: string;
  readonly organizations: number;
  readonly keys: number;
}

export async function countKeysByMasterKey(database: Queryable): Promise<readonly KeyCount[]> {
  return database.query(
    `select master_key as "masterKey", count(distinct organization_id)::int as organizations, count(*)::int as keys
       from data_key group by master_key order by master_key`,
  );
}

/** Organizations with a key that seals no more but is still there, by id, after the given one. */
export async function listRotatingOrganizations(database: Queryable): Promise<readonly string[]> {
  const rows = await database.query<{ id: string }>(
    `select distinct organization_id as id from data_key where retired_at is not null order by 1`,
  );
  return rows.map(({ id }) => id);
}

/** Organizations whose key has sealed at least so many values. */
export async function listWornOrganizations(database: Queryable, uses: number): Promise<readonly string[]> {
  const rows = await database.query<{ id: string }>(
    `select organization_id as id from data_key
      where purpose = 'data' and retired_at is null and uses >= $1 order by 1`,
    [uses],
  );
  return rows.map(({ id }) => id);
}

/** Every organization that has keys. */
export async function listKeyedOrganizations(database: Queryable): Promise<readonly string[]> {
  const rows = await database.query<{ id: string }>(
    'select distinct organization_id as id from data_key order by 1',
  );
  return rows.map(({ id }) => id);
}
