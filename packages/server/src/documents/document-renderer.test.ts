import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDocumentRenderer } from './document-renderer.ts';
import { DocumentWorkerError } from './document-worker-error.ts';
import { defaultLimits } from './limits.ts';
import { makePdf } from './test-support/make-pdfs.ts';
import { makeFormRequest, makePacketRequest } from './test-support/make-requests.ts';
import { pageTexts } from './test-support/read-pdf.ts';
import { makeTemporaryFiles, type TemporaryFiles } from './test-support/temporary-files.ts';
import { createWorkerPool } from './worker-pool.ts';

let files: TemporaryFiles;
let smallPath: string;

beforeAll(async () => {
  files = makeTemporaryFiles();
  smallPath = files.attach('small.pdf', await makePdf(['one'])).path;
});
afterAll(() => files.remove());

const inspectSmall = () =>
  ({ kind: 'inspect', path: smallPath, mimeType: 'application/pdf', limits: defaultLimits }) as const;

/** Parses into some hundred bytes of heap an object. */
function manyObjects(count: number): Buffer {
  const objects = Array.from(
    { length: count },
    (_, index) => `${index + 1} 0 obj\n<< /A [1 2 3] /B (text) >>\nendobj\n`,
  );
  return Buffer.from(`%PDF-1.4\n${objects.join('')}trailer\n<< /Root 1 0 R >>\n%%EOF`);
}

describe('createDocumentRenderer', () => {
  it('answers its four questions from processes of their own', { timeout: 60_000 }, async () => {
    const renderer = createDocumentRenderer({ workers: 2 });
    try {
      const attachment = files.attach('note.pdf', await makePdf(['attached']));
      const [form, { packet }, inspection] = await Promise.all([
        renderer.renderForm(makeFormRequest()),
        renderer.renderPacket(makePacketRequest([attachment])),
        renderer.inspect(attachment),
      ]);
      expect(pageTexts(form.bytes)[0]).toContain('The only question');
      expect(pageTexts(packet.bytes).at(-1)).toContain('attached');
      expect(inspection).toEqual({ kind: 'readable', pageCount: 1 });
    } finally {
      await renderer.close();
    }
  });

  it('answers too_large for a file that exhausts the memory of its worker', { timeout: 60_000 }, async () => {
    const renderer = createDocumentRenderer({ workers: 1, memoryLimitMb: 100, inspectTimeoutMs: 50_000 });
    try {
      const { path, mimeType } = files.attach('heavy.pdf', manyObjects(300_000));
      expect(await renderer.inspect({ path, mimeType })).toEqual({ kind: 'too_large' });
      expect(await renderer.inspect({ path: smallPath, mimeType })).toEqual({
        kind: 'readable',
        pageCount: 1,
      });
    } finally {
      await renderer.close();
    }
  });

  it('blames no file when the workers are what takes long', { timeout: 60_000 }, async () => {
    const renderer = createDocumentRenderer({ workers: 1, inspectDeadlineMs: 5 });
    try {
      const inspection = renderer.inspect({ path: smallPath, mimeType: 'application/pdf' });
      await expect(inspection).rejects.toMatchObject({ failure: 'busy' });
    } finally {
      await renderer.close();
    }
  });

  it('passes on errors that are no fault of a file', { timeout: 60_000 }, async () => {
    const renderer = createDocumentRenderer({ workers: 1 });
    try {
      await expect(renderer.inspect({ path: '/nowhere.pdf', mimeType: 'application/pdf' })).rejects.toThrow(
        'ENOENT',
      );
    } finally {
      await renderer.close();
    }
  });
});

describe('the worker pool', () => {
  it('kills a worker past its time and runs the next job in a new one', { timeout: 60_000 }, async () => {
    const pool = createWorkerPool({ workers: 1, memoryLimitMb: 512 });
    try {
      const late = pool.run(inspectSmall(), 1);
      const next = pool.run(inspectSmall(), 50_000);
      await expect(late).rejects.toMatchObject({ name: 'DocumentWorkerError', failure: 'timeout' });
      expect(await next).toEqual({ kind: 'readable', pageCount: 1 });
    } finally {
      await pool.close();
    }
  });

  it('answers busy at the deadline, be the worker starting, taken or at work', {
    timeout: 60_000,
  }, async () => {
    const pool = createWorkerPool({ workers: 1, memoryLimitMb: 512 });
    try {
      const late = [pool.run(inspectSmall(), 50_000, 5), pool.run(inspectSmall(), 50_000, 5)];
      await Promise.all(late.map((job) => expect(job).rejects.toMatchObject({ failure: 'busy' })));
      expect(await pool.run(inspectSmall(), 50_000, 50_000)).toEqual({ kind: 'readable', pageCount: 1 });
    } finally {
      await pool.close();
    }
  });

  it('runs more jobs than it has workers, each in its turn', { timeout: 60_000 }, async () => {
    const pool = createWorkerPool({ workers: 2, memoryLimitMb: 512 });
    try {
      const results = await Promise.all(Array.from({ length: 7 }, () => pool.run(inspectSmall(), 50_000)));
      expect(results).toEqual(results.map(() => ({ kind: 'readable', pageCount: 1 })));
    } finally {
      await pool.close();
    }
  });

  it('refuses jobs once closed, waiting ones included', { timeout: 60_000 }, async () => {
    const pool = createWorkerPool({ workers: 1, memoryLimitMb: 512 });
    const running = pool.run(inspectSmall(), 50_000).catch((error: unknown) => error);
    const waiting = pool.run(inspectSmall(), 50_000).catch((error: unknown) => error);
    await pool.close();
    for (const outcome of [await running, await waiting]) expect(outcome).toBeInstanceOf(DocumentWorkerError);
    await expect(pool.run(inspectSmall(), 50_000)).rejects.toMatchObject({ failure: 'closed' });
  });
});
