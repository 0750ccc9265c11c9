import { join } from 'node:path';
import {
  type AuditOverrides,
  type AuditTrail,
  type AuditTrailParts,
  openAuditTrail,
} from './audit/audit-trail.ts';
import { noAuditTrail } from './audit/no-audit-trail.ts';
import type { Config } from './config/config.ts';
import { createKeyedHash, type KeyedHash } from './platform/crypto/keyed-hash.ts';

/** Where the heads of the audit chains are written. */
export function auditAnchorPath(config: Config): string {
  return config.auditAnchor ?? join(auditDirectory(config), 'heads.jsonl');
}

/** Where the audit journals are kept. */
function auditDirectory(config: Config): string {
  return join(config.dataDirectory, 'audit');
}

export interface AuditKeys {
  readonly chainHash: KeyedHash;
  readonly anchorHash: KeyedHash;
}

export function auditKeys(secret: Uint8Array): AuditKeys {
  return {
    chainHash: createKeyedHash(secret, 'audit'),
    anchorHash: createKeyedHash(secret, 'audit_anchor'),
  };
}

/** @throws the system's error when the journal cannot be made */
export async function openAudit(
  config: Config,
  secret: Uint8Array,
  parts: Pick<AuditTrailParts, 'database' | 'clock' | 'logger'>,
  overrides: AuditOverrides | 'off' = {},
): Promise<AuditTrail> {
  if (overrides === 'off') return noAuditTrail;
  return openAuditTrail({
    ...parts,
    ...auditKeys(secret),
    directory: auditDirectory(config),
    anchorPath: auditAnchorPath(config),
    overrides,
  });
}
