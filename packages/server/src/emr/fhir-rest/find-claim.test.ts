import { expect, test } from 'vitest';
import { jsonAnswer, scriptedEmr, searchset } from '../../../test/support/emr/scripted-emr.ts';

const never = () => new AbortController().signal;
const claim = (id: string, value: string) => ({
  resourceType: 'Claim',
  id,
  identifier: [{ system: 'urn:precert:claim-marker', value }],
});
const find = (resources: readonly object[], links = {}) => {
  const emr = scriptedEmr(() => jsonAnswer(200, searchset(resources, links)));
  return { emr, found: emr.connector.findClaim('m1', never()) };
};

test('a claim is found by the marker, escaped as a token', async () => {
  const { emr, found } = find([claim('7', 'm1')]);
  expect(await found).toEqual({ emrClaimId: '7' });
  expect(emr.requests[0]?.url.searchParams.get('identifier')).toBe('urn:precert:claim-marker|m1');
  await emr.connector.findClaim('a,b|c$d\\e', never()).catch(() => undefined);
  expect(emr.requests[1]?.url.searchParams.get('identifier')).toBe(
    'urn:precert:claim-marker|a\\,b\\|c\\$d\\\\e',
  );
});

test('of two claims with one marker the same one is named each time', async () => {
  expect(await find([claim('9', 'm1'), claim('8', 'm1')]).found).toEqual({ emrClaimId: '8' });
});

test('there is none when the EMR searched and found none', async () => {
  expect(await find([]).found).toBeUndefined();
  expect(await find([], { self: 'https://emr.example/fhir/r4/Claim?identifier=x' }).found).toBeUndefined();
});

test.each([
  ['answers with claims of others', [claim('7', 'm2')], {}],
  [
    'answers with claims that have our value under another system',
    [{ ...claim('7', ''), identifier: [{ value: 'm1' }] }],
    {},
  ],
  ['says that it left the identifier out', [], { self: 'https://emr.example/fhir/r4/Claim?_count=20' }],
])('nothing is believed of an EMR that %s', async (_, resources, links) => {
  await expect(find(resources, links).found).rejects.toMatchObject({
    name: 'EmrReadError',
    kind: 'rejected',
  });
});
