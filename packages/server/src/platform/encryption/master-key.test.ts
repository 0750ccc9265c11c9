import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MasterKeyError } from './key-provider.ts';
import { openKeyRing } from './key-ring.ts';
import { formatMasterKey, masterKeyProvider, parseMasterKeys } from './master-key.ts';

const bytesOf = (fill: number) => Buffer.alloc(32, fill);
const line = (id: string, fill: number) => formatMasterKey({ id, bytes: bytesOf(fill) });
const context = { organizationId: 'org_1', purpose: 'data', version: 1 } as const;
const dataKey = bytesOf(9);

describe('a list of master keys', () => {
  test('is read from lines, or with commas from one', () => {
    const keys = [
      { id: 'k2', bytes: bytesOf(2) },
      { id: 'k1', bytes: bytesOf(1) },
    ];
    expect(parseMasterKeys(`${line('k2', 2)}\n${line('k1', 1)}\n`)).toEqual(keys);
    expect(parseMasterKeys(` ${line('k2', 2)}, ${line('k1', 1)}`)).toEqual(keys);
  });

  test.each([
    '',
    'k1',
    `k1:${Buffer.alloc(31).toString('base64')}`,
    `k 1:${Buffer.alloc(32).toString('base64')}`,
    `${line('k1', 1)}\n${line('k1', 2)}`,
    `${line('k1', 1)}\nmore`,
  ])('%j is none', (text) => {
    expect(parseMasterKeys(text)).toBeUndefined();
  });
});

describe('a data key', () => {
  const master = masterKeyProvider({ id: 'k1', bytes: bytesOf(1) });

  test('unwraps as what was wrapped, and for nothing else', async () => {
    const wrapped = await master.wrap(dataKey, context);
    expect(Buffer.from(wrapped).includes(dataKey.subarray(0, 8))).toBe(false);
    expect(await master.unwrap(wrapped, context)).toEqual(dataKey);
    for (const other of [{ organizationId: 'org_2' }, { purpose: 'index' as const }, { version: 2 }])
      await expect(master.unwrap(wrapped, { ...context, ...other })).rejects.toThrow(MasterKeyError);
  });

  test('does not unwrap with another master key of the same name', async () => {
    const wrapped = await master.wrap(dataKey, context);
    const other = masterKeyProvider({ id: 'k1', bytes: bytesOf(2) });
    await expect(other.unwrap(wrapped, context)).rejects.toThrow('The master key `k1` is not the one');
  });
});

describe('a ring', () => {
  let dataDirectory: string;
  beforeEach(async () => {
    dataDirectory = await mkdtemp(join(tmpdir(), 'precert-keys-'));
  });
  afterEach(() => rm(dataDirectory, { recursive: true }));

  const open = (masterKeys?: string, whenNone: 'generate' | 'refuse' = 'generate') =>
    openKeyRing({ kms: undefined, masterKeys, dataDirectory, whenNone }, { now: () => new Date() });

  test('without any key makes one, for its owner alone, and keeps it', async () => {
    const first = await open();
    const path = join(dataDirectory, 'master-key');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await open()).current.id).toBe(first.current.id);
    expect(await readdir(dataDirectory)).toEqual(['master-key']);
    // What it made is fit for the setting.
    expect((await open(await readFile(path, 'utf8'))).current.id).toBe(first.current.id);
  });

  test('makes one key when many processes start together', async () => {
    const rings = await Promise.all(Array.from({ length: 20 }, () => open()));
    expect(new Set(rings.map(({ current }) => current.id)).size).toBe(1);
  });

  test('wraps with the first configured key and unwraps with all, the generated one too', async () => {
    const generated = (await open()).current;
    const wrapped = await generated.wrap(dataKey, context);
    const ring = await open(`${line('k2', 2)}\n${line('k1', 1)}`);
    expect(ring.current.id).toBe('k2');
    expect(ring.find('k1')?.id).toBe('k1');
    expect(ring.find('k3')).toBeUndefined();
    expect(await ring.find(generated.id)?.unwrap(wrapped, context)).toEqual(dataKey);
  });

  test('makes none where nothing may be changed, and none in the place of a damaged one', async () => {
    await expect(open(undefined, 'refuse')).rejects.toThrow(MasterKeyError);
    expect(await readdir(dataDirectory)).toEqual([]);
    await writeFile(join(dataDirectory, 'master-key'), 'half of a l');
    await expect(open()).rejects.toThrow('is damaged: restore it from a backup');
  });
});
