import { describe, expect, test } from 'vitest';
import { ConfigError, readConfig } from './config.ts';

const read = (variables: Readonly<Record<string, string>> = {}) => readConfig(variables).config;

function mistakes(variables: Readonly<Record<string, string>>): readonly string[] {
  try {
    read(variables);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
}

describe('the limits', () => {
  test('are generous when nobody says otherwise', () => {
    expect(read().limits).toEqual({
      credentialUnits: 6_000,
      organizationUnits: 30_000,
      failedLogins: 60,
      trustedProxies: 0,
      concurrentRequests: 128,
      uploadBytes: 50 * 1024 ** 3,
      uploadFiles: 100_000,
    });
  });

  test('are none where 0 is said', () => {
    expect(
      read({
        PRECERT_RATE_LIMIT_CREDENTIAL: '0',
        PRECERT_RATE_LIMIT_ORGANIZATION: '0',
        PRECERT_FAILED_LOGINS: '0',
        PRECERT_UPLOAD_QUOTA_MB: '0',
        PRECERT_UPLOAD_QUOTA_FILES: '0',
      }).limits,
    ).toMatchObject({
      credentialUnits: undefined,
      organizationUnits: undefined,
      failedLogins: undefined,
      uploadBytes: undefined,
      uploadFiles: undefined,
    });
  });

  test.each([
    ['PRECERT_RATE_LIMIT_CREDENTIAL', '99'],
    ['PRECERT_RATE_LIMIT_ORGANIZATION', 'many'],
    ['PRECERT_FAILED_LOGINS', '-1'],
    ['PRECERT_TRUSTED_PROXIES', '11'],
    ['PRECERT_CONCURRENT_REQUESTS', '0'],
    ['PRECERT_UPLOAD_QUOTA_MB', '24'],
    ['PRECERT_UPLOAD_QUOTA_FILES', '1e3'],
  ])('%s is not %s', (name, value) => {
    expect(mistakes({ [name]: value })).toEqual([expect.stringContaining(name)]);
  });
});

describe('PRECERT_CLAMD_URL', () => {
  test.each([
    ['tcp://127.0.0.1:3310', { host: '127.0.0.1', port: 3310 }],
    ['tcp://clamav.internal:3310/', { host: 'clamav.internal', port: 3310 }],
    ['tcp://[::1]:3310', { host: '::1', port: 3310 }],
  ])('%s is an address', (value, address) => {
    expect(read({ PRECERT_CLAMD_URL: value }).clamd).toEqual(address);
  });

  test.each([
    '127.0.0.1:3310',
    'http://127.0.0.1:3310',
    'tcp://127.0.0.1',
    'tcp://host:0',
    'tcp://host:70000',
    'tcp://a b:1',
    'tcp://u@h:1',
  ])('%s is none', (value) => {
    expect(mistakes({ PRECERT_CLAMD_URL: value })).toEqual([expect.stringContaining('PRECERT_CLAMD_URL')]);
  });

  test('is not needed', () => {
    expect(read().clamd).toBeUndefined();
  });
});
