import type { EmrConnectorKind } from '../emr/connector.ts';

/** `login_required`: the EMR no longer takes the credentials; nothing is read or written until it is relinked. */
export const accountStates = ['active', 'login_required'] as const;
export type AccountState = (typeof accountStates)[number];

/**
 * Who names the address that the server will call: the operator, by a command, who may name any; or an organization,
 * by the API, which may name those that the operator allows (PRECERT_EMR_ORIGINS). The server stands in the
 * operator's network.
 */
export type LinkedBy = 'operator' | 'organization';

export interface AccountReference {
  readonly organizationId: string;
  readonly accountId: string;
}

/** One set of EMR credentials of an organization's, named by an access token (contract claims.md, 3.1). */
export interface LinkedAccount {
  readonly organizationId: string;
  readonly id: string;
  readonly accessTokenLastFour: string;
  /** The customer's own name for the linked user; stands in every event (contract claims.md, 3.4). */
  readonly accessTokenReferenceId: string;
  readonly connector: EmrConnectorKind;
  /** No secret in it, only references to secrets. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Who named the settings as they are. */
  readonly linkedBy: LinkedBy;
  /** Host name of the EMR. */
  readonly emrInstanceDomain: string;
  /** IANA name; what the practice calls a day. */
  readonly timezone: string;
  readonly state: AccountState;
  /** Undefined until the first sync has come to its end. */
  readonly lastSyncedAt: Date | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
