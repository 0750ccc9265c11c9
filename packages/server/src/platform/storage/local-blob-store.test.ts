import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { BlobNotFoundError, type BlobStore } from './blob-store.ts';
import { openLocalBlobStore } from './local-blob-store.ts';

/** The next call into the file system fails like this. */
const trouble = vi.hoisted(() => ({
  code: undefined as string | undefined,
  /** Files are opened later than asked for; called once one is. */
  opensSlowly: undefined as (() => void) | undefined,
}));

vi.mock('node:fs/promises', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:fs/promises')>();
  return {
    ...original,
    access: async (path: string) => {
      if (trouble.code !== undefined) throw Object.assign(new Error('no access'), { code: trouble.code });
      return original.access(path);
    },
  };
});
vi.mock('node:fs', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:fs')>();
  const failing = {
    ...original,
    open: (_path: string, _flags: string, _mode: number, done: (error: Error) => void) =>
      done(Object.assign(new Error('cannot open'), { code: trouble.code })),
  };
  const slow = {
    ...original,
    open: (path: string, flags: string, mode: number, done: (error: Error | null, file: number) => void) =>
      setTimeout(
        () =>
          original.open(path, flags, mode, (error, file) => {
            done(error, file);
            trouble.opensSlowly?.();
          }),
        20,
      ),
  };
  return {
    ...original,
    createReadStream: (path: string) =>
      original.createReadStream(path, trouble.code === undefined ? {} : { fs: failing }),
    createWriteStream: (path: string, options: object) =>
      original.createWriteStream(
        path,
        trouble.opensSlowly !== undefined ? { ...options, fs: slow } : options,
      ),
  };
});

let directory: string;
let blobs: BlobStore;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'precert-blobs-'));
  blobs = await openLocalBlobStore(directory);
  await blobs.write('files/a', bytes());
});
afterEach(() => {
  trouble.code = undefined;
  trouble.opensSlowly = undefined;
});
afterAll(() => rm(directory, { recursive: true }));

async function* bytes() {
  yield new Uint8Array([1, 2, 3]);
}

const uses = {
  read: (key: string) => blobs.read(key),
  withLocalCopy: (key: string) => blobs.withLocalCopy(key, async () => 'read'),
};

describe.each(['read', 'withLocalCopy'] as const)('%s', (use) => {
  it.each(['EMFILE', 'EACCES', 'EIO'])(
    'takes %s for trouble of the disk, not for a blob that is gone',
    async (code) => {
      trouble.code = code;
      const outcome = uses[use]('files/a');
      await expect(outcome).rejects.toMatchObject({ code: 'service_unavailable', cause: { code } });
    },
  );

  it('says when there is no such blob', async () => {
    await expect(uses[use]('files/b')).rejects.toBeInstanceOf(BlobNotFoundError);
  });
});

describe('write', () => {
  it('passes on what is wrong with its source', async () => {
    const broken = new Error('the client went away');
    const source = (async function* () {
      yield new Uint8Array([1]);
      throw broken;
    })();
    await expect(blobs.write('files/c', source)).rejects.toBe(broken);
  });

  it('leaves nothing of a source that fails before its file is there', async () => {
    const opened = Promise.withResolvers<void>();
    trouble.opensSlowly = opened.resolve;
    // biome-ignore lint/correctness/useYield: it fails instead.
    const source = (async function* (): AsyncGenerator<Uint8Array> {
      throw new Error('refused');
    })();
    await expect(blobs.write('files/e', source)).rejects.toThrow('refused');
    await opened.promise;
    expect(await readdir(join(directory, 'incoming'))).toEqual([]);
  });

  it('answers for a full disk that it is not available now', async () => {
    const full = Object.assign(new Error('no space left on device, write'), { code: 'ENOSPC' });
    const source = (async function* () {
      yield new Uint8Array([1]);
      throw full;
    })();
    await expect(blobs.write('files/d', source)).rejects.toMatchObject({
      code: 'service_unavailable',
      cause: full,
    });
  });
});
