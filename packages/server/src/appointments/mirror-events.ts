import { accountEvent, type EventAccount } from '../linked-accounts/account-event.ts';
import type { IdGenerator } from '../platform/ids.ts';
import type { NewWebhookEvent } from '../webhooks/publish-events.ts';
import { localDateTime } from './local-time.ts';
import type { AppointmentChange, PatientChange } from './mirror-changes.ts';

export interface MirrorEventAccount extends EventAccount {
  readonly timezone: string;
}

/** `patient.created`, `patient.updated` (contract claims.md, 5.2): no job, and no more of the patient than the MRN. */
export function patientEvent(
  ids: IdGenerator,
  account: MirrorEventAccount,
  { patient, kind }: PatientChange,
  occurredAt: Date,
): NewWebhookEvent {
  return accountEvent(ids, account, {
    type: `patient.${kind}`,
    data: { patient_id: patient.id, mrn: patient.mrn ?? null },
    occurredAt,
  });
}

/** `appointment.created`, `.updated`, `.cancelled` (contract claims.md, 5.1). The EMR's id is not told: read the appointment. */
export function appointmentEvent(
  ids: IdGenerator,
  account: MirrorEventAccount,
  { appointment, kind }: AppointmentChange,
  mrn: string | undefined,
  occurredAt: Date,
): NewWebhookEvent {
  const { provider } = appointment.details;
  return accountEvent(ids, account, {
    type: `appointment.${kind}`,
    data: {
      appointment_id: appointment.id,
      mrn: mrn ?? null,
      date_time: localDateTime(appointment.startsAt, account.timezone),
      timezone: account.timezone,
      provider_id: provider?.emrProviderId ?? null,
      provider_name: provider?.name ?? null,
      secondary_provider_id: null,
    },
    occurredAt,
  });
}
