import { randomUUID } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Authenticator } from '../identity/authenticator.ts';
import {
  createOrganization,
  type IdentityDependencies,
  issueCredential,
} from '../identity/issue-credential.ts';
import type { Database } from '../platform/database/database.ts';
import { PrecertError } from '../platform/errors.ts';
import {
  ensureSandboxClaims,
  type SandboxClaimsCredential,
  type SandboxClaimsDependencies,
} from './sandbox-claims.ts';

export interface SandboxCredential {
  readonly organizationId: string;
  readonly bearerToken: string;
}

export interface SandboxCredentials {
  readonly baseUrl: string;
  readonly priorAuth: SandboxCredential;
  /** A stranger to the first, for trying what one organization may see of another. */
  readonly secondOrganization: SandboxCredential;
  /** The first organization's way into the claims API, and the second's. */
  readonly claims: SandboxClaimsCredential & { readonly otherAccount: SandboxClaimsCredential };
}

export interface SandboxDependencies extends IdentityDependencies {
  readonly database: Database;
  readonly authenticator: Authenticator;
  readonly claims: SandboxClaimsDependencies;
}

/**
 * Two organizations to try the server with. What the file holds is kept as long as the server accepts it, so a
 * restart changes nothing; what is missing or refused is made anew.
 * @returns the path of the file, mode 0600
 */
export async function writeSandboxCredentials(
  dependencies: SandboxDependencies,
  dataDirectory: string,
  baseUrl: string,
): Promise<string> {
  const path = join(dataDirectory, 'sandbox-credentials.json');
  const kept = await readKept(path);
  const priorAuth = await ensure(dependencies, kept.priorAuth, 'Sandbox clinic');
  const secondOrganization = await ensure(dependencies, kept.secondOrganization, 'Second sandbox clinic');
  const own = await ensureSandboxClaims(dependencies.claims, kept.claims, {
    organizationId: priorAuth.organizationId,
    referenceId: 'sandbox_clinic',
    isSecond: false,
  });
  const otherAccount = await ensureSandboxClaims(dependencies.claims, kept.claims?.otherAccount, {
    organizationId: secondOrganization.organizationId,
    referenceId: 'second_sandbox_clinic',
    isSecond: true,
  });
  const claims = { ...own, otherAccount };
  const credentials: SandboxCredentials = { baseUrl, priorAuth, secondOrganization, claims };
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, `${JSON.stringify({ ...kept, ...credentials }, null, 2)}\n`, {
    mode: 0o600,
    flush: true,
  });
  await rename(temporary, path);
  return path;
}

async function ensure(
  dependencies: SandboxDependencies,
  kept: SandboxCredential | undefined,
  name: string,
): Promise<SandboxCredential> {
  if (kept !== undefined && (await isAccepted(dependencies.authenticator, kept))) return kept;
  return dependencies.database.transaction(async (transaction) => {
    const organizationId = await createOrganization(transaction, dependencies, name);
    const { bearerToken } = await issueCredential(transaction, dependencies, {
      organizationId,
      name: 'sandbox',
      scope: 'admin',
    });
    return { organizationId, bearerToken };
  });
}

async function isAccepted(authenticator: Authenticator, kept: SandboxCredential): Promise<boolean> {
  try {
    return (
      (await authenticator.authenticate(String(kept.bearerToken))).organizationId === kept.organizationId
    );
  } catch (error) {
    if (error instanceof PrecertError && error.code !== 'service_unavailable') return false;
    throw error;
  }
}

async function readKept(path: string): Promise<Partial<SandboxCredentials>> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    // No file yet, or one that somebody broke: both mean new credentials.
    return {};
  }
}
