import type { WebhookEventType } from './event-types.ts';

/** Which headers sign a delivery. `cobalt` endpoints share the organization's secret, `standard` ones have their own. */
export const signatureProfiles = ['standard', 'cobalt'] as const;
export type SignatureProfile = (typeof signatureProfiles)[number];

/** When a failed delivery is tried again; see `retry-schedule.ts`. */
export const retrySchedules = ['standard', 'vendor'] as const;
export type RetrySchedule = (typeof retrySchedules)[number];

export const endpointStatuses = ['enabled', 'disabled'] as const;
export type EndpointStatus = (typeof endpointStatuses)[number];

/** `gone`: it answered 410. `failing`: nothing but failures for five days. */
export const disabledReasons = ['gone', 'failing'] as const;
export type DisabledReason = (typeof disabledReasons)[number];

/** Live ones of an organization, of both profiles. */
export const maximumEndpoints = 20;

/** Where an organization wants to be told. */
export interface WebhookEndpoint {
  readonly organizationId: string;
  readonly id: string;
  readonly url: string;
  readonly profile: SignatureProfile;
  readonly schedule: RetrySchedule;
  /** Undefined: every type, new ones included. */
  readonly eventTypes: readonly WebhookEventType[] | undefined;
  readonly description: string | undefined;
  readonly status: EndpointStatus;
  readonly disabledReason: DisabledReason | undefined;
  /** The first failure since the last success; undefined while all goes well. */
  readonly failingSince: Date | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
