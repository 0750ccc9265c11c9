import { expect, test } from 'vitest';
import { emrUrl, emrUrlProblem } from './emr-url.ts';

const strict = { allowInsecure: false };

test.each([
  'https://emr.example/fhir/r4/AB12CD',
  'https://10.0.0.7/fhir',
  'http://localhost:9700/fhir/r4',
  'http://127.8.9.1:1/',
  'http://[::1]:9700/fhir',
])('an EMR may be at %s', (url) => {
  expect(emrUrlProblem(url, strict)).toBeUndefined();
});

test.each([
  undefined,
  7,
  '',
  'emr.example',
  'ftp://emr.example/',
  'file:///etc/passwd',
  'https://user:secret@emr.example/',
  'https://emr.example/fhir?practice=1',
  'https://emr.example/fhir#x',
  'http://emr.example/fhir',
  'http://10.0.0.7/fhir',
  'http://127.0.0.1.emr.example/fhir',
  'http://localhost.emr.example/fhir',
  `https://emr.example/${'x'.repeat(2_000)}`,
])('an EMR may not be at %s', (url) => {
  expect(emrUrlProblem(url, strict)).toMatch(/\.$/);
});

test('plain HTTP beyond this machine takes a setting', () => {
  expect(emrUrlProblem('http://emr.example/fhir', strict)).toContain('PRECERT_ALLOW_INSECURE_EMR=true');
  expect(emrUrlProblem('http://emr.example/fhir', { allowInsecure: true })).toBeUndefined();
});

test('slashes at the end make no difference', () => {
  expect(emrUrl('https://emr.example/fhir/r4//').href).toBe('https://emr.example/fhir/r4');
});
