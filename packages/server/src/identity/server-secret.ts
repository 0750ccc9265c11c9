import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The deployment's secret: the configured one, or (sandbox) one generated once into the data directory, mode 0600.
 * Everything keyed derives from it, so losing it invalidates every issued token.
 */
export async function loadServerSecret(
  configured: string | undefined,
  dataDirectory: string,
): Promise<Uint8Array> {
  if (configured !== undefined) return Buffer.from(configured, 'utf8');
  const path = fileIn(dataDirectory);
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
  const created = randomBytes(32).toString('base64url');
  try {
    await writeFile(path, `${created}\n`, { mode: 0o600, flag: 'wx', flush: true });
    return Buffer.from(created, 'utf8');
  } catch (error) {
    // Nothing but a system error comes out of writing a file.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readSecret(path);
}

/** As `loadServerSecret`, but makes none: undefined when there is none. */
export async function findServerSecret(
  configured: string | undefined,
  dataDirectory: string,
): Promise<Uint8Array | undefined> {
  if (configured !== undefined) return Buffer.from(configured, 'utf8');
  const path = fileIn(dataDirectory);
  return existsSync(path) ? readSecret(path) : undefined;
}

async function readSecret(path: string): Promise<Uint8Array> {
  const kept = (await readFile(path, 'utf8')).trim();
  if (kept.length < 32)
    throw new Error(
      `The secret in ${path} is damaged: restore it from a backup, or remove it and run \`precert secret replace\`.`,
    );
  return Buffer.from(kept, 'utf8');
}

function fileIn(dataDirectory: string): string {
  return join(dataDirectory, 'secret');
}
