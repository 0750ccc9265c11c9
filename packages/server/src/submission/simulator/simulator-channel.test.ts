import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import type { BlobStore } from '../../platform/storage/blob-store.ts';
import type { ChannelKind } from '../channel.ts';
import { createSimulatorChannel } from './simulator-channel.ts';

test.each<ChannelKind>(['fax', 'portal', 'phone'])(
  'the simulated %s notes what it takes in a folder of its own',
  async (kind) => {
    const keys: string[] = [];
    const blobs: Pick<BlobStore, 'write'> = {
      write: async (key) => {
        keys.push(key);
      },
    };
    // Submitting only writes.
    const channel = createSimulatorChannel({
      blobs: blobs as BlobStore,
      clock: { now: () => new Date() },
      kind,
    });
    const payload = {
      mimeType: 'application/pdf',
      sizeBytes: 1,
      pageCount: 1,
      sha256: '',
      open: async () => Readable.from([]),
    };
    const { signal } = new AbortController();
    const submission = {
      organizationId: 'org_1',
      attemptId: 'sa_1',
      destination: undefined,
      signal,
      payload,
    };
    await channel.submit(submission);
    expect(keys).toHaveLength(1);
    for (const key of keys) expect(key).toMatch(new RegExp(`^simulator-${kind}/sa_1/`));
  },
);
