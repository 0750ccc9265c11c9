import { describe, expect, it } from 'vitest';
import { PrecertError } from '../errors.ts';
import { asConnectionError, DatabaseConnectionError } from './connection-error.ts';
import { asCallersError } from './database-errors.ts';

const url = 'postgres://the-user:the-password@db.internal:6432/precert';
const failing = (code: string, message = 'the driver said') => Object.assign(new Error(message), { code });

describe('asConnectionError', () => {
  it.each([
    ['ECONNREFUSED', 'nothing listens there'],
    ['ENOTFOUND', 'there is no host of this name'],
    ['28P01', 'it refuses the user or the password'],
    ['3D000', 'it has no database of this name'],
    ['53400', '53400'],
  ])('tells of %s in one line with host and port', (code, words) => {
    const error = asConnectionError(url, asCallersError(failing(code, 'user "the-user" in "the-password"')));
    expect(error).toBeInstanceOf(DatabaseConnectionError);
    expect(error).toMatchObject({ message: `The database at db.internal:6432 cannot be used: ${words}.` });
  });

  it('finds the cause among the errors of a host of several addresses', () => {
    const refused = failing('ECONNREFUSED');
    const error = Object.assign(new AggregateError([refused, refused]), { code: 'ECONNREFUSED' });
    expect(asConnectionError(url, asCallersError(error))).toMatchObject({
      message: expect.stringContaining('nothing listens there'),
    });
  });

  it('knows a server that stays silent', () => {
    const error = asCallersError(new Error('timeout expired'));
    expect(error).toBeInstanceOf(PrecertError);
    expect(asConnectionError('postgres:///precert', error)).toMatchObject({
      message: 'The database at localhost:5432 cannot be used: there was no answer.',
    });
  });

  it('leaves a defect as it is', () => {
    const defect = new TypeError('x is not a function');
    expect(asConnectionError(url, defect)).toBe(defect);
  });
});
