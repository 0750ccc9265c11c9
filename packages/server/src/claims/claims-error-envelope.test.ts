import { describe, expect, it } from 'vitest';
import { errorCodes, invalidField, PrecertError } from '../platform/errors.ts';
import { claimsErrorCodes, claimsErrorRenderings, renderClaimsError } from './claims-error-envelope.ts';

const textOf = (field: string, code: string, message: string) =>
  renderClaimsError(invalidField(field, code, message)).body.message;

describe('an error of the claims API', () => {
  it.each([
    ['validation_error', 400, undefined],
    ['login_required', 403, 'Account link expired. Please go through the integration setup again.'],
    ['appointment_not_found', 404, 'Appointment not found.'],
    ['appointment_missing_emr_id', 409, 'Appointment is missing emr_appointment_id; cannot create claim.'],
    ['claim_already_exists', 409, 'A claim for this appointment is already pending or completed.'],
  ] as const)('%s has status %s and the text of the contract', (code, status, text) => {
    const rendered = renderClaimsError(new PrecertError(code, 'Not this.'));
    expect([rendered.status, rendered.body.message]).toEqual([status, text ?? 'Not this.']);
  });

  it('makes the contract’s sentences of a field', () => {
    expect(textOf('appointment_id', 'required', 'x')).toBe("'appointment_id' is required.");
    expect(textOf('appointment_id', 'invalid_format', 'Please provide a valid UUID.')).toBe(
      "Invalid 'appointment_id' format. Please provide a valid UUID.",
    );
    expect(textOf('page', 'too_small', 'Expected 1 or more.')).toBe("Invalid 'page'. Expected 1 or more.");
    expect(textOf('body', 'invalid_format', 'The body is not valid JSON.')).toBe(
      'The body is not valid JSON.',
    );
  });

  it('has `success` and `message` alone, but for the dead login', () => {
    for (const code of claimsErrorCodes) {
      const { body } = renderClaimsError(new PrecertError(code, 'Text.'));
      const extra = code === 'login_required' ? { error: 'login_required' } : {};
      expect(body).toEqual({ success: false, ...extra, message: expect.any(String) });
    }
  });

  it('is a 500 that says nothing for a code the surface does not know', () => {
    const foreign = errorCodes.filter((code) => !(code in claimsErrorRenderings));
    expect(foreign.length).toBeGreaterThan(20);
    for (const code of foreign) {
      expect(renderClaimsError(new PrecertError(code, 'Secret.'))).toMatchObject({
        status: 500,
        body: { success: false, message: 'The server could not process the request.' },
      });
    }
  });

  it('names the scheme with a 401, and when to come again', () => {
    expect(renderClaimsError(new PrecertError('unauthorized', 'No.')).headers).toEqual({
      'www-authenticate': 'ClientCredentials',
    });
    const busy = new PrecertError('service_unavailable', 'Later.', { retryAfterSeconds: 7 });
    expect(renderClaimsError(busy).headers).toEqual({ 'retry-after': '7' });
  });
});
