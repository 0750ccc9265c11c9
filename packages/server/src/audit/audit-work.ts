import type { AuditHappening } from './audit-entry.ts';
import type { AuditRecorder } from './audit-recorder.ts';

/**
 * An entry for work that a job or a command does: in the journal before it begins; `allowed` when it resolves,
 * `failed` when it rejects, `unknown` when this process ends in the middle.
 * @param idsOf in place of the ids it began with, when the work tells more
 * @throws PrecertError `service_unavailable` when it cannot be noted; then the work has not begun
 */
export async function auditWork<Result>(
  audit: AuditRecorder,
  happening: AuditHappening,
  work: () => Promise<Result>,
  idsOf?: (result: Result) => readonly string[],
): Promise<Result> {
  const entry = audit.begin(happening);
  try {
    const result = await work();
    entry.complete({ outcome: 'allowed', resourceIds: idsOf?.(result) });
    return result;
  } catch (error) {
    entry.complete({ outcome: 'failed' });
    throw error;
  }
}
