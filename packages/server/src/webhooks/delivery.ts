import type { OutboundFailure } from '../platform/outbound/outbound-errors.ts';
import type { RetrySchedule, SignatureProfile } from './endpoint.ts';
import type { WebhookEventType } from './event-types.ts';

/** `cancelled`: its endpoint was turned off or deleted before it got there. */
export const deliveryStatuses = ['pending', 'succeeded', 'failed', 'cancelled'] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

/** What made it: the event itself, or somebody who asked for it again. */
export const deliveryCauses = ['event', 'resend', 'replay'] as const;
export type DeliveryCause = (typeof deliveryCauses)[number];

/** One try, as it is logged. */
export interface Attempt {
  /** From 1. */
  readonly number: number;
  readonly attemptedAt: Date;
  readonly durationMs: number;
  /** Of the answer; undefined when none came. */
  readonly statusCode: number | undefined;
  readonly error: OutboundFailure | undefined;
  /** The first 1 KB of the answer. */
  readonly responseExcerpt: string | undefined;
}

/** A delivery that this worker holds, with all that sending takes but the keys. */
export interface LeasedDelivery {
  readonly organizationId: string;
  readonly id: string;
  readonly leaseNumber: number;
  /** Attempts that were recorded before. */
  readonly attemptCount: number;
  readonly event: {
    readonly id: string;
    /** The text that is sent and signed. */
    readonly sealed: Uint8Array;
    readonly occurredAt: Date;
  };
  readonly endpoint: {
    readonly id: string;
    readonly url: string;
    readonly profile: SignatureProfile;
    readonly schedule: RetrySchedule;
  };
}

/** As the API shows it. */
export interface Delivery {
  readonly id: string;
  readonly endpointId: string;
  readonly eventId: string;
  readonly eventType: WebhookEventType;
  readonly status: DeliveryStatus;
  readonly cause: DeliveryCause;
  readonly attemptCount: number;
  /** When the next attempt is due; undefined once it is over. */
  readonly dueAt: Date | undefined;
  readonly createdAt: Date;
  readonly finishedAt: Date | undefined;
  readonly attempts: readonly Attempt[];
}
