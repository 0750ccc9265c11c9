/**
 * Holds the four ledgers against each other (reliability: invariants of the fault scenarios). Every breach is a sentence;
 * none means that no claim was lost, made twice or told wrongly.
 */

import type { ClientEntry, Ledgers, StoredClaim, StoredEvent } from './ledgers.ts';

export type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5';

export interface Breach {
  readonly invariant: Invariant;
  readonly what: string;
}

export interface CheckOptions {
  /** The EMR cannot be searched: a claim may stay unknown, told as such, with one effect or none. */
  readonly maySettleUnknown?: boolean;
}

const terminalEvents: Readonly<Record<string, string>> = {
  created: 'claim.created',
  failed: 'claim.failed',
  outcome_unknown: 'claim.outcome_unknown',
};

export function checkLedgers(ledgers: Ledgers, options: CheckOptions = {}): readonly Breach[] {
  const taken = ledgers.client.filter(({ status }) => status === 202);
  const claimById = new Map(ledgers.claims.map((claim) => [claim.id, claim]));
  return [
    ...taken.flatMap((entry) => checkTaken(entry, claimById)),
    ...checkEffects(ledgers, claimById),
    ...ledgers.claims.flatMap((claim) => checkSettled(claim, ledgers, options)),
    ...ledgers.claims.flatMap((claim) => checkTold(claim, ledgers)),
    ...checkDeliveries(ledgers),
  ];
}

/** I1: what was answered 202 is there, as it was answered. */
function checkTaken(entry: ClientEntry, claimById: ReadonlyMap<string, StoredClaim>): readonly Breach[] {
  const claim = claimById.get(entry.claimId ?? '');
  if (claim === undefined) return [breach('I1', `claim ${entry.claimId} was taken and is not there`)];
  const isSame = claim.appointmentId === entry.appointmentId && claim.jobId === entry.jobId;
  return isSame ? [] : [breach('I1', `claim ${claim.id} is not the one that was answered`)];
}

/** I2: the EMR has one claim at most for a marker, for an appointment, and none that nobody asked for. */
function checkEffects({ emr }: Ledgers, claimById: ReadonlyMap<string, StoredClaim>): readonly Breach[] {
  const breaches: Breach[] = [];
  const appointments = new Set<string>();
  const markers = new Set<string>();
  for (const { marker = '', emrClaimId } of emr) {
    const claim = claimById.get(marker);
    if (claim === undefined) breaches.push(breach('I2', `EMR claim ${emrClaimId} was asked for by nobody`));
    else if (markers.has(marker)) breaches.push(breach('I2', `claim ${marker} was made twice`));
    else if (appointments.has(claim.appointmentId))
      breaches.push(breach('I2', `appointment ${claim.appointmentId} has two claims in the EMR`));
    markers.add(marker);
    if (claim !== undefined) appointments.add(claim.appointmentId);
  }
  return breaches;
}

/** I3: every claim has come to its end, and the EMR says the same of it. */
function checkSettled(
  claim: StoredClaim,
  { emr }: Ledgers,
  { maySettleUnknown = false }: CheckOptions,
): readonly Breach[] {
  const effects = emr.filter(({ marker }) => marker === claim.id);
  if (claim.state === 'created') {
    const isThere = effects.some(({ emrClaimId }) => emrClaimId === claim.emrClaimId);
    return isThere ? [] : [breach('I3', `claim ${claim.id} is created and not in the EMR`)];
  }
  if (claim.state === 'failed')
    return effects.length === 0 ? [] : [breach('I3', `claim ${claim.id} failed and is in the EMR`)];
  if (claim.state === 'outcome_unknown' && maySettleUnknown) return [];
  return [breach('I3', `claim ${claim.id} is still ${claim.state}`)];
}

/** I4: exactly one event tells the end of a claim, and it was delivered. */
function checkTold(claim: StoredClaim, { events, receiver }: Ledgers): readonly Breach[] {
  const type = terminalEvents[claim.state];
  if (type === undefined) return [];
  const told = events.filter(
    (event) => event.jobId === claim.jobId && /^claim\.(created|failed)$/.test(event.type),
  );
  const wanted = claim.state === 'outcome_unknown' ? 0 : 1;
  if (told.length !== wanted) return [breach('I4', `claim ${claim.id} is told by ${told.length} events`)];
  const event = events.find((one) => one.jobId === claim.jobId && one.type === type);
  if (event === undefined) return [breach('I4', `no ${type} tells of claim ${claim.id}`)];
  const isDelivered = receiver.some(({ id, isSigned, isTaken }) => id === event.id && isSigned && isTaken);
  return isDelivered ? [] : [breach('I4', `event ${event.id} of claim ${claim.id} was not delivered`)];
}

/** I5: what was delivered is a committed event, to the letter, and signed. */
function checkDeliveries({ events, receiver }: Ledgers): readonly Breach[] {
  const byId = new Map<string, StoredEvent>(events.map((event) => [event.id, event]));
  return receiver.flatMap(({ id, body, isSigned }) => {
    const event = byId.get(id);
    if (event === undefined) return [breach('I5', `event ${id} was delivered and is not there`)];
    if (event.body !== body) return [breach('I5', `event ${id} was delivered in other words`)];
    return isSigned ? [] : [breach('I5', `event ${id} was delivered without a good signature`)];
  });
}

function breach(invariant: Invariant, what: string): Breach {
  return { invariant, what };
}
