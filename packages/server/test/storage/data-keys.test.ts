import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { asOrganization, asSystem } from '../../src/platform/database/database-scope.ts';
import type { KeyRing } from '../../src/platform/encryption/key-provider.ts';
import { masterKeyProvider } from '../../src/platform/encryption/master-key.ts';
import { createVault, type Vault } from '../../src/platform/encryption/vault.ts';
import { createLogger } from '../../src/platform/observability/logger.ts';
import { sealedCases } from '../../src/prior-authorization/case-secrets.ts';
import { createTestClock, type TestClock } from '../support/api/test-clock.ts';
import { useServerDatabase } from '../support/databases/use-test-database.ts';

const database = useServerDatabase();
const master = masterKeyProvider({ id: 'k1', bytes: randomBytes(32) });

/** How often the master key was asked to unwrap. */
let unwrapped: number;
let clock: TestClock;
let organizationId: string;

const ring: KeyRing = {
  current: {
    ...master,
    unwrap: (wrapped, context) => {
      unwrapped += 1;
      return master.unwrap(wrapped, context);
    },
  },
  find: (id) => (id === master.id ? ring.current : undefined),
};

const logger = createLogger({ level: 'silent' });
const newVault = (): Vault => createVault({ database: database(), clock, ring, logger });

const inScope = <Result>(work: () => Promise<Result>) => asOrganization(organizationId, work);

function keyRows() {
  return asSystem(() =>
    database().query<{ purpose: string; version: number; uses: number; wrapped: Buffer }>(
      'select purpose, version, uses, wrapped from data_key where organization_id = $1 order by purpose, version',
      [organizationId],
    ),
  );
}

beforeEach(async () => {
  unwrapped = 0;
  clock = createTestClock();
  organizationId = `org_${randomBytes(6).toString('hex')}`;
  await asSystem(() =>
    database().execute(`insert into organization (id, name, created_at) values ($1, 'Clinic', now())`, [
      organizationId,
    ]),
  );
});

describe('the keys of an organization', () => {
  test('are made once, by whichever process comes first, however many ask at once', async () => {
    const vaults = Array.from({ length: 12 }, newVault);
    const keys = await Promise.all(vaults.map((vault) => inScope(() => vault.keysOf(organizationId))));
    expect(await keyRows()).toMatchObject([
      { purpose: 'data', version: 1 },
      { purpose: 'index', version: 1 },
    ]);
    const sealed = keys.map((own) => own.seal(sealedCases, ['a'], 'x'));
    for (const own of keys)
      expect(sealed.map((bytes) => own.open(sealedCases, ['a'], bytes))).toEqual(keys.map(() => 'x'));
    expect(new Set(keys.map((own) => own.index('member', 'W1').toString('hex'))).size).toBe(1);
  });

  test('are read once for those who ask at once', async () => {
    const vault = newVault();
    await Promise.all(Array.from({ length: 20 }, () => inScope(() => vault.keysOf(organizationId))));
    expect(unwrapped).toBe(2);
  });

  test('are kept wrapped', async () => {
    const keys = await inScope(() => newVault().keysOf(organizationId));
    const [data] = await keyRows();
    const context = { organizationId, purpose: 'data', version: 1 } as const;
    const bytes = await master.unwrap(data?.wrapped ?? Buffer.alloc(0), context);
    expect(data?.wrapped.includes(Buffer.from(bytes))).toBe(false);
    expect(keys.sealingVersion).toBe(1);
  });

  test('are not those of another organization, nor given to its scope, nor made for nobody', async () => {
    const vault = newVault();
    await inScope(() => vault.keysOf(organizationId));
    const stranger = asOrganization('org_other', () => vault.keysOf(organizationId));
    await expect(stranger).rejects.toThrow('outside the scope');
    await expect(vault.keysOf(organizationId)).rejects.toThrow('outside the scope');
    await expect(asOrganization('org_none', () => vault.keysOf('org_none'))).rejects.toThrow(
      'does not exist',
    );
    expect((await asSystem(() => vault.keysOf(organizationId))).organizationId).toBe(organizationId);
  });

  test('are not given inside a transaction, at hand or not', async () => {
    const vault = newVault();
    await inScope(() => vault.keysOf(organizationId));
    const inside = inScope(() => database().transaction(() => vault.keysOf(organizationId)));
    await expect(inside).rejects.toThrow('inside a transaction');
  });

  test('are trusted for half a minute, and unwrapped again within five', async () => {
    const vault = newVault();
    const ask = () => inScope(() => vault.keysOf(organizationId));
    await ask();
    for (let second = 0; second < 240; second += 20) {
      await ask();
      clock.advance(20_000);
    }
    expect(unwrapped).toBe(2);
    await asSystem(() =>
      database().execute('delete from data_key where organization_id = $1', [organizationId]),
    );
    await asSystem(() =>
      database().execute('update organization set shredded_at = now() where id = $1', [organizationId]),
    );
    clock.advance(30_000);
    await expect(ask()).rejects.toMatchObject({ code: 'insufficient_permissions' });
    expect(await keyRows()).toEqual([]);
  });

  test('are unwrapped again after four minutes', async () => {
    const vault = newVault();
    const ask = () => inScope(() => vault.keysOf(organizationId));
    await ask();
    clock.advance(4 * 60_000);
    await ask();
    expect(unwrapped).toBe(4);
  });

  test('are read again at once by whoever meets a version made since', async () => {
    const [vault, other] = [newVault(), newVault()];
    await inScope(() => vault.keysOf(organizationId));
    await asSystem(async () => {
      const context = { organizationId, purpose: 'data', version: 2 } as const;
      await database().execute(
        `insert into data_key (organization_id, purpose, version, master_key, wrapped, created_at)
         values ($1, 'data', 2, $2, $3, now())`,
        [organizationId, master.id, await master.wrap(randomBytes(32), context)],
      );
    });
    const sealed = (await inScope(() => other.keysOf(organizationId))).seal(sealedCases, ['a'], 'x');
    const open = (bytes: Uint8Array) =>
      inScope(() => vault.withKeys(organizationId, (keys) => keys.open(sealedCases, ['a'], bytes)));
    expect(await open(sealed)).toBe('x');
    const unknown = Buffer.from(sealed);
    unknown.writeUInt32BE(3, 1);
    await expect(open(unknown)).rejects.toMatchObject({ name: 'UnknownKeyVersionError' });
  });

  test('count what they sealed, now and then and at the end of the process', async () => {
    const vault = newVault();
    const sealSome = async (count: number) => {
      const keys = await inScope(() => vault.keysOf(organizationId));
      for (let done = 0; done < count; done += 1) keys.seal(sealedCases, ['a'], 'x');
    };
    await sealSome(3);
    expect((await keyRows())[0]?.uses).toBe(0);
    clock.advance(30_000);
    await sealSome(2);
    expect((await keyRows())[0]?.uses).toBe(3);
    await vault.close();
    expect((await keyRows())[0]?.uses).toBe(5);
  });
});
