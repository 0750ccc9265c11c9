import type { Queryable, Transaction } from '../platform/database/database.ts';
import type { WebhooksContext } from './context.ts';
import type { SignatureProfile } from './endpoint.ts';
import { insertSecret, listSecrets, retireSecrets, type SecretHolder } from './secret-queries.ts';

export const maximumOverlapHours = 24;

/** Retired secrets that still sign; more would only make headers long. */
const maximumRetired = 4;

const secretBytes = 32;

/** Standard Webhooks writes a secret as `whsec_` and base64 and signs with the bytes; `cobalt` signs with the text itself. */
function newSecretText(context: WebhooksContext, profile: SignatureProfile): string {
  const bytes = Buffer.from(context.randomBytes(secretBytes));
  return profile === 'standard' ? `whsec_${bytes.toString('base64')}` : bytes.toString('hex');
}

/** @returns the new secret as its owner is shown it */
export async function addSecret(
  context: WebhooksContext,
  transaction: Transaction,
  organizationId: string,
  secret: { readonly holder: SecretHolder; readonly profile: SignatureProfile },
): Promise<string> {
  const id = context.ids.next('whs');
  const text = newSecretText(context, secret.profile);
  const sealed = context.secretBox.seal(text, { organizationId, secretId: id });
  const createdAt = context.clock.now();
  await insertSecret(transaction, organizationId, { id, sealed, holder: secret.holder, createdAt });
  return text;
}

/** Adds a secret; those there are go on for `overlapHours`. */
export async function replaceSecret(
  context: WebhooksContext,
  transaction: Transaction,
  organizationId: string,
  secret: {
    readonly holder: SecretHolder;
    readonly profile: SignatureProfile;
    readonly overlapHours: number;
  },
): Promise<string> {
  const expiresAt = new Date(context.clock.now().getTime() + secret.overlapHours * 3_600_000);
  await retireSecrets(transaction, organizationId, secret.holder, expiresAt, maximumRetired);
  return addSecret(context, transaction, organizationId, secret);
}

/**
 * The secrets that sign now, newest first.
 * @throws SealedSecretError when they were sealed with another secret of the server
 */
export async function openSecrets(
  context: WebhooksContext,
  database: Queryable,
  organizationId: string,
  holder: SecretHolder,
): Promise<readonly string[]> {
  const secrets = await listSecrets(database, organizationId, holder, context.clock.now());
  return secrets.map(({ id, sealed }) => context.secretBox.open(sealed, { organizationId, secretId: id }));
}

export function secretHolder(endpoint: {
  readonly id: string;
  readonly profile: SignatureProfile;
}): SecretHolder {
  return endpoint.profile === 'cobalt' ? undefined : endpoint.id;
}
