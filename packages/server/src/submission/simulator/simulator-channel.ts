import { randomUUID } from 'node:crypto';
import type { Clock } from '../../platform/clock.ts';
import type { BlobStore } from '../../platform/storage/blob-store.ts';
import { type Measure, measuredBytes } from '../../platform/storage/measured-bytes.ts';
import type { Channel, ChannelKind, Submission, SubmissionOutcome } from '../channel.ts';

/** What the far end's machine noted of one transmission: of what came, not of what was said to come. */
interface Transmission {
  readonly transmissionId: string;
  readonly attemptId: string;
  readonly destination: string | null;
  readonly pageCount: number;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly receivedAt: string;
}

const maximumPages = 1_000;

/**
 * A payer's fax line that exists only here: it takes the packet, notes what came and gives a receipt. The packet itself
 * is not kept: it would lie there unsealed. Every note has a name of its own, so that a packet sent twice is seen twice.
 */
export function createSimulatorChannel(dependencies: {
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly kind?: ChannelKind;
}): Channel {
  const { blobs, clock, kind = 'fax' } = dependencies;
  return {
    id: `simulator-${kind}`,
    kind,
    capabilities: {
      submit: true,
      inquire: true,
      update: false,
      cancel: false,
      attach: 'unsolicited',
      maximumBytes: 2 ** 30,
      maximumPages,
      mimeTypes: ['application/pdf'],
      delivery: 'synchronous',
      submitTimeoutMs: 10_000,
      settlingMs: 5_000,
      maximumConcurrentSubmissions: 4,
      testMode: true,
    },
    validate(payload) {
      if (payload.pageCount <= maximumPages) return undefined;
      return {
        code: 'too_many_pages',
        message: `The line takes at most ${maximumPages} pages; this packet has ${payload.pageCount}.`,
        kind: 'correctable',
      };
    },
    async submit(submission) {
      const transmission = await receiveFax(blobs, clock, folderOf(kind, submission.attemptId), submission);
      return accepted(transmission);
    },
    async inquire(attemptId) {
      const transmission = await findTransmission(blobs, folderOf(kind, attemptId));
      if (transmission !== undefined) return accepted(transmission);
      return {
        kind: 'rejected',
        failure: { code: 'never_received', message: 'The line has no such transmission.', kind: 'retryable' },
      };
    },
  };
}

async function receiveFax(
  blobs: BlobStore,
  clock: Clock,
  folder: string,
  submission: Submission,
): Promise<Transmission> {
  const transmissionId = randomUUID();
  const { payload, attemptId } = submission;
  const { sizeBytes, sha256 } = await receive(await payload.open());
  const transmission: Transmission = {
    transmissionId,
    attemptId,
    destination: submission.destination ?? null,
    pageCount: payload.pageCount,
    sizeBytes,
    sha256,
    receivedAt: clock.now().toISOString(),
  };
  await blobs.write(`${folder}/${transmissionId}.json`, bytesOf(JSON.stringify(transmission)));
  return transmission;
}

async function receive(packet: AsyncIterable<Uint8Array>): Promise<Measure> {
  const { bytes, measure } = measuredBytes(packet);
  for await (const _ of bytes);
  return measure();
}

async function findTransmission(blobs: BlobStore, folder: string): Promise<Transmission | undefined> {
  const [note] = (await blobs.list(`${folder}/`)).filter((key) => key.endsWith('.json'));
  if (note === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of await blobs.read(note)) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

function accepted(transmission: Transmission): SubmissionOutcome {
  const { sha256, receivedAt } = transmission;
  return {
    kind: 'accepted',
    correlations: [{ kind: 'fax_transmission_id', value: transmission.transmissionId }],
    evidence: [
      { kind: 'sent', at: receivedAt, source: 'simulator', sha256 },
      { kind: 'delivered', at: receivedAt, source: 'simulator', sha256 },
    ],
    receipt: {
      mimeType: 'application/json',
      fileName: 'transmission-receipt.json',
      bytes: new TextEncoder().encode(`${JSON.stringify(transmission, null, 2)}\n`),
    },
  };
}

function folderOf(kind: ChannelKind, attemptId: string): string {
  return `simulator-${kind}/${attemptId}`;
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}
