/** Negative controls: what a run would have left behind if one invariant had not held. The checker must see each. */

import type { Invariant } from './check-ledgers.ts';
import type { Ledgers } from './ledgers.ts';

type Tamper = (ledgers: Ledgers) => Ledgers;

export const tampering: readonly (readonly [name: string, invariant: Invariant, tamper: Tamper])[] = [
  ['a claim that was taken is lost', 'I1', (l) => ({ ...l, claims: without(l.claims, takenClaim(l)) })],
  [
    'a claim is made twice in the EMR',
    'I2',
    (l) => ({ ...l, emr: [...l.emr, { ...first(l.emr), emrClaimId: 'again' }] }),
  ],
  ['the EMR has a claim of nobody’s', 'I2', (l) => ({ ...l, emr: [...l.emr, { emrClaimId: 'strange' }] })],
  ['a claim never comes to its end', 'I3', (l) => ({ ...l, claims: changed(l.claims, 'pending_create') })],
  [
    'a claim is created and the EMR knows nothing of it',
    'I3',
    (l) => ({ ...l, emr: l.emr.filter(({ marker }) => marker !== createdClaim(l)) }),
  ],
  ['a claim fails that the EMR has', 'I3', (l) => ({ ...l, claims: changed(l.claims, 'failed') })],
  ['an end is not told', 'I4', (l) => ({ ...l, events: without(l.events, toldOf(l)) })],
  [
    'an end is told twice',
    'I4',
    (l) => ({
      ...l,
      events: [...l.events, { ...first(l.events.filter((e) => e.id === toldOf(l))), id: 'x' }],
    }),
  ],
  ['an event is not delivered', 'I4', (l) => ({ ...l, receiver: without(l.receiver, toldOf(l)) })],
  [
    'an event is delivered that was rolled back',
    'I5',
    (l) => ({ ...l, receiver: [...l.receiver, { ...first(l.receiver), id: 'evt_nowhere' }] }),
  ],
  [
    'an event is delivered in other words',
    'I5',
    (l) => ({ ...l, receiver: [...l.receiver, { ...first(l.receiver), body: '{}' }] }),
  ],
];

function first<Item>([item]: readonly Item[]): Item {
  if (item === undefined) throw new Error('There is nothing to tamper with.');
  return item;
}

function without<Item extends { readonly id: string }>(items: readonly Item[], id: string): readonly Item[] {
  return items.filter((item) => item.id !== id);
}

function takenClaim({ client }: Ledgers): string {
  return first(client.filter(({ status }) => status === 202)).claimId ?? '';
}

/** A created claim's event. */
function toldOf({ events }: Ledgers): string {
  return first(events.filter(({ type }) => type === 'claim.created')).id;
}

function createdClaim({ claims }: Pick<Ledgers, 'claims'>): string {
  return first(claims.filter((claim) => claim.state === 'created')).id;
}

/** The first claim that was created, in another state. */
function changed(claims: Ledgers['claims'], state: string): Ledgers['claims'] {
  const id = createdClaim({ claims });
  return claims.map((claim) => (claim.id === id ? { ...claim, state } : claim));
}
