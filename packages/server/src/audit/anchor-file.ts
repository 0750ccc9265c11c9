import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { KeyedHash } from '../platform/crypto/keyed-hash.ts';
import type { ChainHead } from './audit-chain.ts';
import type { ChainHeads } from './audit-queries.ts';

/** That a chain had come to this entry at this time, signed by the server. */
interface Anchor extends ChainHead {
  readonly organizationId: string;
  readonly at: string;
}

/**
 * Appends one signed line per chain and waits until the disk has them. The file is what shows that the end of a chain
 * was cut off: nothing in the database can.
 */
export async function appendAnchors(
  path: string,
  keyed: KeyedHash,
  heads: ChainHeads,
  at: Date,
): Promise<void> {
  const lines = [...heads].map(([organizationId, head]) => {
    const anchor = { at: at.toISOString(), organizationId, ...head };
    return `${JSON.stringify({ ...anchor, signature: keyed.base64url(signedText(anchor)) })}\n`;
  });
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, 'a', 0o600);
  try {
    // One write: lines of several processes do not mix.
    await file.write(lines.join(''));
    await file.sync();
  } finally {
    await file.close();
  }
}

export interface ReadAnchors {
  /** By organization, for each sequence the hashes it was told with: one, unless the chain was written anew. */
  readonly anchors: ReadonlyMap<string, ReadonlyMap<number, ReadonlySet<string>>>;
  /** Numbers of lines, from 1, that this server's secret did not sign. */
  readonly unsigned: readonly number[];
}

/** @throws the system's error when there is no such file */
export async function readAnchors(path: string, keyed: KeyedHash): Promise<ReadAnchors> {
  const anchors = new Map<string, Map<number, Set<string>>>();
  const unsigned: number[] = [];
  let number = 0;
  // Closes itself behind its last line.
  const file = await open(path);
  for await (const line of file.readLines()) {
    number += 1;
    if (line === '') continue;
    const anchor = readAnchor(line, keyed);
    if (anchor === undefined) unsigned.push(number);
    else {
      const ofChain = anchors.get(anchor.organizationId) ?? new Map<number, Set<string>>();
      anchors.set(anchor.organizationId, ofChain);
      ofChain.set(anchor.sequence, (ofChain.get(anchor.sequence) ?? new Set()).add(anchor.hash));
    }
  }
  return { anchors, unsigned };
}

function readAnchor(line: string, keyed: KeyedHash): Anchor | undefined {
  try {
    const { at, organizationId, sequence, hash, signature } = JSON.parse(line);
    const anchor = { at: String(at), organizationId: String(organizationId), sequence, hash: String(hash) };
    return keyed.matches(signedText(anchor), String(signature)) ? anchor : undefined;
  } catch {
    return undefined;
  }
}

function signedText({ at, organizationId, sequence, hash }: Anchor): string {
  return JSON.stringify([at, organizationId, sequence, hash]);
}
