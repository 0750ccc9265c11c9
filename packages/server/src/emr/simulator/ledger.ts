/**
 * What the simulator must not forget: an append-only file, one JSON object a line, flushed before anybody is answered.
 * It is also what a test holds against the server's own rows, so nothing is ever taken out of it.
 */

import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { FhirResource } from './fhir-resource.ts';

/** A claim that was written. A second line with one marker is a claim made twice. */
export interface LedgerClaim {
  readonly kind: 'claim';
  readonly emrClaimId: string;
  /** Undefined for a claim without our identifier. */
  readonly marker?: string;
  readonly appointmentId?: string;
  readonly encounterId: string;
  readonly committedAt: string;
  readonly resource: FhirResource;
}

/** A record that somebody changed by the control route. */
export interface LedgerResource {
  readonly kind: 'resource';
  readonly resource: FhirResource;
}

export type LedgerEntry = LedgerClaim | LedgerResource;

export interface Ledger {
  readonly entries: readonly LedgerEntry[];
  append(entry: LedgerEntry): void;
  close(): void;
}

/** Opens the file and reads it back. A last line that a crash cut short was never answered, and is taken away. */
export function openLedger(path: string): Ledger {
  const file = openSync(path, 'a+', 0o600);
  const written = readFileSync(path, 'utf8');
  const whole = written.slice(0, written.lastIndexOf('\n') + 1);
  if (whole.length < written.length) ftruncateSync(file, Buffer.byteLength(whole));
  // Only this module writes the file.
  const entries = whole
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as LedgerEntry);
  return {
    entries,
    append(entry) {
      writeSync(file, `${JSON.stringify(entry)}\n`);
      fsyncSync(file);
      entries.push(entry);
    },
    close: () => closeSync(file),
  };
}
