import { expect } from 'vitest';
import { type CheckOptions, checkLedgers } from './check-ledgers.ts';
import type { ClaimsRig } from './claims-rig.ts';
import type { ClientEntry, Ledgers } from './ledgers.ts';
import { tampering } from './tampering.ts';

/** No invariant is broken, and the checker would have seen it if one were. */
export async function expectSound(
  rig: ClaimsRig,
  client: readonly ClientEntry[],
  options: CheckOptions = {},
): Promise<Ledgers> {
  const ledgers: Ledgers = { client, ...(await rig.ledgers()) };
  expect(client.filter(({ status }) => status !== undefined && status >= 500)).toEqual([]);
  expect(checkLedgers(ledgers, options)).toEqual([]);
  for (const [name, invariant, tamper] of tampering) {
    const seen = checkLedgers(tamper(ledgers), options).map((breach) => breach.invariant);
    expect([name, seen.includes(invariant)]).toEqual([name, true]);
  }
  return ledgers;
}

/** One line for whoever watches the run. */
export function report(name: string, ledgers: Ledgers, figures: Readonly<Record<string, number>> = {}): void {
  const states = Map.groupBy(ledgers.claims, ({ state }) => state);
  const counts = [...states].map(([state, { length }]) => `${length} ${state}`).join(', ');
  const numbers = Object.entries(figures).map(([label, value]) => `${label} ${value.toFixed(1)}`);
  const { emr, receiver } = ledgers;
  console.info(
    [`${name}: ${counts}`, `${emr.length} EMR claims`, `${receiver.length} deliveries`, ...numbers].join(
      '; ',
    ),
  );
}
