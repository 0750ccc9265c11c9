import { userInfo } from 'node:os';
import type { AuditActor } from './audit-entry.ts';

/** Whoever runs a command, by the account of the operating system. */
export function operator(): AuditActor {
  return { kind: 'operator', subject: accountName() };
}

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    // In a container the account often has a number and no name.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
