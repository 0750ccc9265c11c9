import { type AuditHappening, type AuditResult, systemActor } from './audit-entry.ts';
import type { AuditRecorder } from './audit-recorder.ts';

/**
 * An entry for data that a job gives to somebody outside, in the journal before it leaves.
 * @param resultOf what the call's outcome means for the trail. The call itself tells failures by its outcome: one that
 *   rejects came before anything left
 * @throws PrecertError `service_unavailable` when it cannot be noted; then nothing has left
 */
export async function auditDisclosure<Outcome>(
  audit: AuditRecorder,
  happening: Omit<AuditHappening, 'actor'>,
  disclose: () => Promise<Outcome>,
  resultOf: (outcome: Outcome) => AuditResult,
): Promise<Outcome> {
  const entry = audit.begin({ ...happening, actor: systemActor });
  try {
    const outcome = await disclose();
    entry.complete(resultOf(outcome));
    return outcome;
  } catch (error) {
    entry.complete({ outcome: 'failed' });
    throw error;
  }
}
