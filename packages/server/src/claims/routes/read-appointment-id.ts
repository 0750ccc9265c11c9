import { normalizedAppointmentId } from '../../appointments/appointment.ts';
import { invalidField } from '../../platform/errors.ts';

/**
 * Null, nothing and blank text count as missing, as does a body that is no object (contract claims.md, 1.3).
 * @throws PrecertError `validation_error`
 */
export function readAppointmentId(body: unknown): string {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  const sent: unknown = isObject && 'appointment_id' in body ? body.appointment_id : undefined;
  if (sent === undefined || sent === null || (typeof sent === 'string' && sent.trim() === ''))
    throw invalidField('appointment_id', 'required', 'This field is required.');
  const normalized = typeof sent === 'string' ? normalizedAppointmentId(sent) : undefined;
  if (normalized === undefined)
    throw invalidField('appointment_id', 'invalid_format', 'Please provide a valid UUID.');
  return normalized;
}
