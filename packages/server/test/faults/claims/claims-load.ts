import { setTimeout as delay } from 'node:timers/promises';
import { sendWith } from '../../support/claims/claims-client.ts';
import type { ClaimsRig } from './claims-rig.ts';
import type { ClientEntry } from './ledgers.ts';

/** Requests claims at a steady rate, whether or not they are answered in time, and notes what came of each. */
export async function requestClaims(
  rig: ClaimsRig,
  { count, perSecond }: { readonly count: number; readonly perSecond: number },
): Promise<readonly ClientEntry[]> {
  const queue = interleaved(rig).slice(0, count);
  if (queue.length < count) throw new Error(`There are ${queue.length} appointments for ${count} claims.`);
  const startedAt = performance.now();
  const requests: Promise<ClientEntry>[] = [];
  for (const [index, { headers, appointmentId }] of queue.entries()) {
    const dueIn = startedAt + (index * 1_000) / perSecond - performance.now();
    if (dueIn > 0) await delay(dueIn);
    requests.push(request(rig, headers, appointmentId));
  }
  return Promise.all(requests);
}

/** Account after account in turns, so that all of them have work at all times. */
function interleaved({ accounts }: ClaimsRig) {
  const longest = Math.max(...accounts.map(({ appointments }) => appointments.length));
  return Array.from({ length: longest }, (_, index) =>
    accounts.flatMap(({ headers, appointments }) => {
      const appointmentId = appointments[index];
      return appointmentId === undefined ? [] : [{ headers, appointmentId }];
    }),
  ).flat();
}

async function request(
  { server }: ClaimsRig,
  headers: Readonly<Record<string, string>>,
  appointmentId: string,
): Promise<ClientEntry> {
  try {
    const { status, body } = await sendWith(
      { ...headers, 'content-type': 'application/json' },
      `${server.baseUrl}/v1/claims`,
      { method: 'POST', body: JSON.stringify({ appointment_id: appointmentId }) },
    );
    if (status !== 202) return { appointmentId, status };
    return { appointmentId, status, claimId: body.claim_id, jobId: body.job_id };
  } catch {
    return { appointmentId, status: undefined };
  }
}

/** Waits until no claim is under way and every event has reached the receiver, at most so long. */
export async function calm(rig: ClaimsRig, withinMs: number): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    const { rows } = await rig.database.query(
      `select (select count(*) from claim where due_at is not null)::integer
            + (select count(*) from webhook_delivery where due_at is not null)::integer as open`,
    );
    const elapsedMs = performance.now() - startedAt;
    if (rows[0].open === 0) return elapsedMs;
    if (elapsedMs > withinMs) throw new Error(`${rows[0].open} claims and deliveries are still open.`);
    await delay(250);
  }
}
