import type { Clock } from '../clock.ts';
import { type KeyProvider, type KeyRing, MasterKeyError } from './key-provider.ts';
import { type KmsSettings, kmsPrefix, openKms } from './kms-key.ts';
import { type MasterKey, masterKeyProvider, parseMasterKeys } from './master-key.ts';
import { generateMasterKeyFile, masterKeyPath, readMasterKeyFile } from './master-key-file.ts';

export interface KeyRingSettings {
  readonly kms: KmsSettings | undefined;
  /** As configured: `id:base64` lines, the current one first. */
  readonly masterKeys: string | undefined;
  readonly dataDirectory: string;
  /** Without any key: makes one in the data directory, or refuses. */
  readonly whenNone: 'generate' | 'refuse';
}

/**
 * The master keys at hand: the key in KMS when there is one, else the first that is configured, else one generated into
 * the data directory. All others still unwrap, so that `precert encryption rewrap` leads from any to any.
 * @throws MasterKeyError
 */
export async function openKeyRing(settings: KeyRingSettings, clock: Clock): Promise<KeyRing> {
  const { kms: kmsSettings, dataDirectory } = settings;
  const kms = kmsSettings === undefined ? undefined : await openKms(kmsSettings, clock);
  const keys = [...configured(settings.masterKeys), ...(await readMasterKeyFile(dataDirectory))];
  if (kms === undefined && keys.length === 0 && settings.whenNone === 'generate') {
    await generateMasterKeyFile(dataDirectory);
    keys.push(...(await readMasterKeyFile(dataDirectory)));
  }
  const providers = new Map<string, KeyProvider>();
  // Of two keys with one name the configured one counts.
  for (const key of keys) if (!providers.has(key.id)) providers.set(key.id, masterKeyProvider(key));
  const current = kmsSettings === undefined ? providers.get(keys[0]?.id ?? '') : kms?.(kmsSettings.keyId);
  if (current === undefined)
    throw new MasterKeyError(`There is no master key: ${masterKeyPath(dataDirectory)} is missing.`);
  return {
    current,
    find(id) {
      if (id === current.id) return current;
      return id.startsWith(kmsPrefix) ? kms?.(id.slice(kmsPrefix.length)) : providers.get(id);
    },
  };
}

function configured(text: string | undefined): readonly MasterKey[] {
  if (text === undefined) return [];
  const keys = parseMasterKeys(text);
  if (keys === undefined) throw new MasterKeyError('PRECERT_MASTER_KEY holds no `id:base64` lines.');
  return keys;
}
