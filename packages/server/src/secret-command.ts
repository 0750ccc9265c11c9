import { refusePending } from './app.ts';
import { print, UsageError } from './command-words.ts';
import { readConfig } from './config/config.ts';
import { replaceSecret } from './identity/secret-mark.ts';
import { loadServerSecret } from './identity/server-secret.ts';
import { openDatabase } from './open-storage.ts';
import { asSystem } from './platform/database/database-scope.ts';

export const secretUsage = 'secret replace';

/**
 * Has servers start with the secret that is set now. What the former one hashed stays as it is and is void: keys are
 * issued anew, and the audit trail of before verifies with the former secret alone.
 */
export async function runSecret(
  words: readonly string[],
  variables: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  if (words.join(' ') !== 'replace') throw new UsageError('The secret is replaced: by the one that is set.');
  const { config, secrets } = readConfig(variables);
  const database = await openDatabase(config, secrets, 'refuse');
  try {
    await refusePending(database);
    const secret = await loadServerSecret(secrets.secret, config.dataDirectory);
    const replaced = await asSystem(() => replaceSecret(database, secret));
    print(
      replaced
        ? 'Replaced. All keys, clients and tokens of before are void: issue new ones.'
        : 'It is this one already.',
    );
  } finally {
    await database.close();
  }
}
