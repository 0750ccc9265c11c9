import { expect, test } from 'vitest';
import { eventTypes } from '../src/prior-authorization/events.ts';
import { priorAuthorizationEventTypes, webhookEventTypes } from '../src/webhooks/event-types.ts';

test('the types a webhook can ask for are those that prior authorizations make, in their order', () => {
  expect(priorAuthorizationEventTypes).toEqual(Object.keys(eventTypes));
  expect(new Set(webhookEventTypes).size).toBe(webhookEventTypes.length);
});
