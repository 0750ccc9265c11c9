import { expect, test } from 'vitest';
import {
  jsonAnswer,
  scriptedBaseUrl,
  scriptedEmr,
  searchset,
} from '../../../test/support/emr/scripted-emr.ts';

const never = () => new AbortController().signal;
const patient = (id: string, lastUpdated?: string) => ({
  resourceType: 'Patient',
  id,
  meta: { lastUpdated },
});
const first = `${scriptedBaseUrl}/Patient?_sort=-_lastUpdated&_count=100`;
const pageTwo = `${scriptedBaseUrl}?page=2`;

test('a run asks for the newest first, and the next one begins a little before where it began', async () => {
  const stamps = ['2026-03-13T10:00:00.500Z', '2026-03-13T12:00:00+02:00', '2026-03-12T00:00:00Z'];
  const emr = scriptedEmr(() =>
    jsonAnswer(200, searchset(stamps.map((stamp, index) => patient(`p${index}`, stamp)))),
  );
  const { cursor, hasMore, items } = await emr.connector.listChangedPatients(undefined, never());
  expect([hasMore, items.length]).toEqual([false, 3]);
  await emr.connector.listChangedPatients(cursor, never());
  expect(emr.requests.map(({ url }) => url.href)).toEqual([
    first,
    `${scriptedBaseUrl}/Patient?_lastUpdated=ge2026-03-13T09%3A58%3A00.500Z&_sort=-_lastUpdated&_count=100`,
  ]);
});

test('a run without any change, or without any stamp, moves nowhere', async () => {
  for (const resources of [[], [patient('p1'), patient('p2', 'yesterday')]]) {
    const emr = scriptedEmr(() => jsonAnswer(200, searchset(resources)));
    const { cursor } = await emr.connector.listChangedPatients(undefined, never());
    await emr.connector.listChangedPatients(cursor, never());
    expect(emr.requests.map(({ url }) => url.href)).toEqual([first, first]);
  }
});

test.each([
  'https://elsewhere.example/fhir/r4?page=2',
  'http://emr.example/fhir/r4?page=2',
  'https://emr.example:444/fhir/r4?page=2',
  'https://user:secret@emr.example/fhir/r4?page=2',
  'https://emr.example/fhir/r4b?page=2',
  'https://emr.example/fhir/r4/../r5/Patient?page=2',
  'http://[',
])('a next page at %s is not followed, and does not pass for the end either', async (next) => {
  const emr = scriptedEmr(() => jsonAnswer(200, searchset([patient('p1')], { next })));
  const list = emr.connector.listChangedPatients(undefined, never());
  await expect(list).rejects.toMatchObject({ kind: 'rejected' });
  expect(emr.requests).toHaveLength(1);
});

test.each([
  'https://elsewhere.example/fhir?page=9',
  'https://emr.example/fhir/another-practice/Patient?page=9',
])('a page kept from another EMR or practice is not asked for: %s', async (nextUrl) => {
  const emr = scriptedEmr(() => jsonAnswer(200, searchset([])));
  const run = { nextUrl, page: 8, begunAnew: false };
  await emr.connector.listChangedPatients(JSON.stringify({ version: 1, run }), never());
  expect(emr.requests.map(({ url }) => url.href)).toEqual([first]);
});

test('a run whose pages have gone begins anew once, then ends without moving on', async () => {
  const emr = scriptedEmr(({ url }) =>
    url.href === pageTwo
      ? jsonAnswer(410, {})
      : jsonAnswer(200, searchset([patient('p1', '2026-03-13T10:00:00Z')], { next: pageTwo })),
  );
  const { connector } = emr;
  const begun = await connector.listChangedPatients(undefined, never());
  const again = await connector.listChangedPatients(begun.cursor, never());
  expect([again.items.length, again.hasMore]).toEqual([1, true]);
  const ended = await connector.listChangedPatients(again.cursor, never());
  expect([ended.items.length, ended.hasMore]).toEqual([0, false]);
  await connector.listChangedPatients(ended.cursor, never());
  expect(emr.requests.at(-1)?.url.href).toBe(first);
});

test('a run keeps its place when the EMR is away for a while', async () => {
  let isAway = false;
  const emr = scriptedEmr(({ url }) => {
    if (isAway) return { kind: 'no_answer', reason: '' };
    return jsonAnswer(200, searchset([patient('p1')], url.href === first ? { next: pageTwo } : {}));
  });
  const { cursor } = await emr.connector.listChangedPatients(undefined, never());
  isAway = true;
  await expect(emr.connector.listChangedPatients(cursor, never())).rejects.toMatchObject({
    kind: 'unavailable',
  });
  isAway = false;
  await emr.connector.listChangedPatients(cursor, never());
  expect(emr.requests.map(({ url }) => url.href)).toEqual([first, pageTwo, pageTwo]);
});

test('pages that lead in a circle come to an end', async () => {
  const self = scriptedEmr(() => jsonAnswer(200, searchset([patient('p1')], { next: pageTwo })));
  const begun = await self.connector.listChangedPatients(undefined, never());
  const ended = await self.connector.listChangedPatients(begun.cursor, never());
  expect(ended.hasMore).toBe(false);
  const run = { nextUrl: pageTwo, page: 20_000, begunAnew: false };
  const late = await self.connector.listChangedPatients(JSON.stringify({ version: 1, run }), never());
  expect([late.items.length, late.hasMore]).toEqual([0, false]);
});
