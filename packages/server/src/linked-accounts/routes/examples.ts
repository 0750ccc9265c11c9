/** An EMR that serves FHIR R4, as an operator links it. */

export const linkRequest = {
  connector: 'fhir',
  settings: {
    baseUrl: 'https://emr.example/fhir/r4/AB12CD',
    clientId: 'precert',
    keyId: 'main-street-1',
    privateKeyFile: 'main-street.pem',
  },
  accessTokenReferenceId: 'clinic_1',
  timezone: 'America/New_York',
};

const linkedAccount = {
  id: 'acc_01kkm280m0p5v8q2n4x7c3d9rt',
  accessTokenReferenceId: linkRequest.accessTokenReferenceId,
  accessTokenLastFour: 'x7Qa',
  connector: linkRequest.connector,
  settings: linkRequest.settings,
  emrInstanceDomain: 'emr.example',
  timezone: linkRequest.timezone,
  state: 'active',
  createdAt: '2026-03-13T17:00:00.000Z',
};

/** Just linked: nothing was read from the EMR yet. */
export const linked = {
  ...linkedAccount,
  lastSyncedAt: null,
  updatedAt: '2026-03-13T17:00:00.000Z',
  accessToken: 'ZkQ2mN4pR6sT8vW1yY3zA5bC7dE9fG0hx7Qa',
};

export const readAccount = {
  ...linkedAccount,
  lastSyncedAt: '2026-03-13T17:01:00.000Z',
  updatedAt: '2026-03-13T17:00:00.000Z',
};

export const relinkRequest = { settings: { ...linkRequest.settings, keyId: 'main-street-2' } };

/** The token stays as it was, so it is not shown. */
export const relinked = {
  ...readAccount,
  settings: relinkRequest.settings,
  updatedAt: '2026-03-20T09:00:00.000Z',
  accessToken: null,
};

export const accountPage = { data: [readAccount], pagination: { hasMore: false, nextCursor: null } };
