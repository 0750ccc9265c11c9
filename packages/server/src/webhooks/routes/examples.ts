/** One endpoint and one delivery to it. The secret is made up. */

export const endpointRequest = {
  url: 'https://clinic.example/precert-events',
  eventTypes: ['prior_auth.authorization.approved', 'prior_auth.authorization.denied'],
  description: 'Decisions for the front desk',
};

export const endpoint = {
  id: 'whe_01kkm280m0p5v8q2n4x7c3d9rt',
  ...endpointRequest,
  profile: 'standard',
  schedule: 'standard',
  status: 'enabled',
  disabledReason: null,
  failingSince: null,
  createdAt: '2026-03-13T17:00:00.000Z',
  updatedAt: '2026-03-13T17:00:00.000Z',
};

export const endpointWithSecret = {
  ...endpoint,
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw0G2Y5kZ7a1M=',
};

export const endpointPage = { data: [endpoint], pagination: { hasMore: false, nextCursor: null } };

/** The first try met a receiver that was down. */
const delivery = {
  id: 'whd_01kkm281a7h2m9w4b6k8s3f5yz000001',
  webhookEndpointId: endpoint.id,
  eventId: 'evt_01kkm280m0p5v8q2n4x7c3d9rt',
  eventType: 'prior_auth.authorization.approved',
  status: 'succeeded',
  cause: 'event',
  attemptCount: 2,
  nextAttemptAt: null,
  createdAt: '2026-03-13T17:00:00.000Z',
  finishedAt: '2026-03-13T17:00:05.000Z',
  attempts: [
    {
      number: 1,
      attemptedAt: '2026-03-13T17:00:00.000Z',
      durationMs: 4,
      statusCode: null,
      error: 'connection_refused',
      responseExcerpt: null,
    },
    {
      number: 2,
      attemptedAt: '2026-03-13T17:00:05.000Z',
      durationMs: 31,
      statusCode: 200,
      error: null,
      responseExcerpt: '',
    },
  ],
};

export const deliveryPage = { data: [delivery], pagination: { hasMore: false, nextCursor: null } };
