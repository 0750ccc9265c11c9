import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventEnvelope, eventText } from './event-envelope.ts';

/** Keys and values that JSON writers are known to write in more than one way. */
const key = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '0',
    '10',
    '9',
    '-1',
    '1.5',
    '4294967295',
    '__proto__',
    'constructor',
    'toJSON',
    '',
    '\ud800',
  ),
);
const leaf = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.double(),
  fc.boolean(),
  fc.constantFrom<unknown>(
    null,
    -0,
    1e21,
    1e-7,
    5e-324,
    2 ** 53,
    '\udc00\ud800',
    '\u2028',
    '\u0000',
    '</',
    'é',
  ),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 6 }).map(ownProperties),
  ),
}));

/** As `JSON.parse` does it: `__proto__` becomes a property like any other. */
function ownProperties(entries: readonly (readonly [string, unknown])[]): object {
  const object = {};
  for (const [name, inner] of entries) {
    Object.defineProperty(object, name, {
      value: inner,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return object;
}

describe('the text of an event', () => {
  test('is what a receiver gets that parses it and writes it again', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(key, value), { maxLength: 8 }).map(ownProperties), (body) => {
        const text = eventText(body);
        expect(JSON.stringify(JSON.parse(text))).toBe(text);
        // What is sent is UTF-8, in which half a surrogate pair could not stand.
        expect(Buffer.from(text, 'utf8').toString('utf8')).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  test('keeps the order of the envelope and puts no blanks in', () => {
    const envelope = eventEnvelope({
      id: 'evt_1',
      type: 'prior_auth.authorization.approved',
      occurredAt: new Date('2026-03-13T17:00:00Z'),
      data: { b: 1, a: -0 },
    });
    expect(eventText(envelope)).toBe(
      '{"id":"evt_1","object":"event","created":"2026-03-13T17:00:00.000Z","type":"prior_auth.authorization.approved","data":{"b":1,"a":0}}',
    );
  });
});
