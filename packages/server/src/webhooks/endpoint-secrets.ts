import type { Transaction } from '../platform/database/database.ts';
import type { OrganizationKeys } from '../platform/encryption/organization-keys.ts';
import type { WebhooksContext } from './context.ts';
import type { SignatureProfile } from './endpoint.ts';
import { sealedSecrets } from './sealed-rows.ts';
import {
  insertSecret,
  listSecrets,
  retireSecrets,
  type SealedSecret,
  type SecretHolder,
} from './secret-queries.ts';

export const maximumOverlapHours = 24;

/** Retired secrets that still sign; more would only make headers long. */
const maximumRetired = 4;

const secretBytes = 32;

/** Standard Webhooks writes a secret as `whsec_` and base64 and signs with the bytes; `cobalt` signs with the text itself. */
function newSecretText(context: WebhooksContext, profile: SignatureProfile): string {
  const bytes = Buffer.from(context.randomBytes(secretBytes));
  return profile === 'standard' ? `whsec_${bytes.toString('base64')}` : bytes.toString('hex');
}

/**
 * @param keys asked for before the transaction begins
 * @returns the new secret as it is kept; `openSecret` shows it
 */
export async function addSecret(
  context: WebhooksContext,
  transaction: Transaction,
  keys: OrganizationKeys,
  { holder, profile }: { readonly holder: SecretHolder; readonly profile: SignatureProfile },
): Promise<SealedSecret> {
  const id = context.ids.next('whs');
  const sealed = keys.seal(sealedSecrets, [id], newSecretText(context, profile));
  const createdAt = context.clock.now();
  await insertSecret(transaction, keys.organizationId, { id, sealed, holder, createdAt });
  return { id, sealed };
}

/** As `addSecret`; those there are go on for `overlapHours`. */
export async function replaceSecret(
  context: WebhooksContext,
  transaction: Transaction,
  keys: OrganizationKeys,
  secret: {
    readonly holder: SecretHolder;
    readonly profile: SignatureProfile;
    readonly overlapHours: number;
  },
): Promise<SealedSecret> {
  const expiresAt = new Date(context.clock.now().getTime() + secret.overlapHours * 3_600_000);
  await retireSecrets(transaction, keys.organizationId, secret.holder, expiresAt, maximumRetired);
  return addSecret(context, transaction, keys, secret);
}

/**
 * A secret as its owner is shown it. After the transaction that found or made it.
 * @throws SealedValueError
 */
export async function openSecret(
  { vault }: Pick<WebhooksContext, 'vault'>,
  organizationId: string,
  { id, sealed }: SealedSecret,
): Promise<string> {
  return vault.withKeys(organizationId, (keys) => keys.open<string>(sealedSecrets, [id], sealed));
}

/**
 * The secrets that sign now, newest first.
 * @throws SealedValueError
 */
export async function openSecrets(
  { database, vault, clock }: Pick<WebhooksContext, 'database' | 'vault' | 'clock'>,
  organizationId: string,
  holder: SecretHolder,
): Promise<readonly string[]> {
  const secrets = await listSecrets(database, organizationId, holder, clock.now());
  return vault.withKeys(organizationId, (keys) =>
    secrets.map(({ id, sealed }) => keys.open<string>(sealedSecrets, [id], sealed)),
  );
}

export function secretHolder(endpoint: {
  readonly id: string;
  readonly profile: SignatureProfile;
}): SecretHolder {
  return endpoint.profile === 'cobalt' ? undefined : endpoint.id;
}
