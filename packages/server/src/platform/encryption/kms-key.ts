import type { KMSClient } from '@aws-sdk/client-kms';
import type { Clock } from '../clock.ts';
import { PrecertError } from '../errors.ts';
import { type DataKeyContext, type KeyProvider, MasterKeyError } from './key-provider.ts';

export interface KmsSettings {
  /** Id, ARN or alias of a symmetric key in AWS KMS. */
  readonly keyId: string;
  /** Undefined: AWS's own address in the key's region. */
  readonly endpoint: string | undefined;
}

/** Names of keys in KMS begin with this, so that they are told from keys of our own. */
export const kmsPrefix = 'kms:';

/** Of one try; without the last setting the package only warns of a request that takes longer. */
const timeouts = { connectionTimeout: 2_000, requestTimeout: 3_000, throwOnRequestTimeout: true };

/** The service is asked no oftener whether it answers; each answer costs money. */
const availabilityMs = 10_000;

/** Who asks whether the server is ready has no patience for tries and their time-outs. */
const patienceMs = 2_000;

/** Keys of AWS KMS, by their ids there. The package is loaded when somebody uses it. */
export async function openKms(
  { keyId, endpoint }: KmsSettings,
  clock: Clock,
): Promise<(keyId: string) => KeyProvider> {
  const { KMSClient } = await import('@aws-sdk/client-kms');
  const region = /^arn:[^:]+:kms:([a-z0-9-]+):/.exec(keyId)?.[1];
  const client = new KMSClient({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    maxAttempts: 2,
    requestHandler: timeouts,
  });
  return (id) => kmsKey(client, id, clock);
}

/**
 * One key of KMS. What a data key is for goes along as encryption context: KMS binds it to the ciphertext, and it
 * stands in CloudTrail with each use.
 */
function kmsKey(client: KMSClient, keyId: string, clock: Clock): KeyProvider {
  let asked: { readonly at: number; readonly answer: Promise<boolean> } | undefined;
  const encrypt = async (bytes: Uint8Array, context: Record<string, string>, options = {}) => {
    const { EncryptCommand } = await import('@aws-sdk/client-kms');
    const command = new EncryptCommand({ KeyId: keyId, Plaintext: bytes, EncryptionContext: context });
    return client.send(command, options);
  };
  return {
    id: `${kmsPrefix}${keyId}`,
    async wrap(dataKey, context) {
      const { CiphertextBlob } = await encrypt(dataKey, encryptionContext(context)).catch(throwKmsError);
      return filled(CiphertextBlob);
    },
    async unwrap(wrapped, context) {
      const { DecryptCommand } = await import('@aws-sdk/client-kms');
      const command = new DecryptCommand({
        KeyId: keyId,
        CiphertextBlob: wrapped,
        EncryptionContext: encryptionContext(context),
      });
      const { Plaintext } = await client.send(command).catch(throwKmsError);
      return filled(Plaintext);
    },
    isAvailable() {
      const now = clock.now().getTime();
      if (asked === undefined || Math.abs(now - asked.at) >= availabilityMs) {
        const patience = { abortSignal: AbortSignal.timeout(patienceMs) };
        const answer = encrypt(new Uint8Array(1), { 'precert:purpose': 'readiness' }, patience);
        asked = {
          at: now,
          answer: answer.then(
            () => true,
            () => false,
          ),
        };
      }
      return asked.answer;
    },
  };
}

function encryptionContext({ organizationId, purpose, version }: DataKeyContext): Record<string, string> {
  return {
    'precert:organization': organizationId,
    'precert:purpose': purpose,
    'precert:version': String(version),
  };
}

function filled(bytes: Uint8Array | undefined): Uint8Array {
  if (bytes === undefined) throw new Error('AWS KMS answered without a key.');
  return bytes;
}

/** Errors that waiting does not mend: wrong key, no such key, not allowed, no region or credentials set up. */
const mistakes = [
  'InvalidCiphertextException',
  'IncorrectKeyException',
  'InvalidKeyUsageException',
  'NotFoundException',
  'DisabledException',
  'AccessDeniedException',
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'CredentialsProviderError',
];

function throwKmsError(error: unknown): never {
  const name = error instanceof Error ? error.name : '';
  if (mistakes.includes(name) || (error instanceof Error && /region is missing/i.test(error.message)))
    throw new MasterKeyError(
      `AWS KMS refused (${name}): check PRECERT_KMS_KEY_ID, the key's state and policy, and this process's AWS region ` +
        'and credentials.',
      { cause: error },
    );
  throw new PrecertError('service_unavailable', 'The key service is not available. Try again shortly.', {
    retryAfterSeconds: 5,
    cause: error,
  });
}
