import type { Clock } from '../platform/clock.ts';
import type { KeyedHash } from '../platform/crypto/keyed-hash.ts';
import { PrecertError } from '../platform/errors.ts';

/** Long enough to follow a link just read, short enough that a logged one is soon worthless. */
const lifetimeSeconds = 300;

/**
 * A link to a file's bytes: expiring, signed and bound to organization and file. It needs a bearer of that
 * organization as well, because the seed asks one for everything under `/v1`.
 */
export function downloadUrl(
  context: { readonly downloadHash: KeyedHash; readonly clock: Clock; readonly baseUrl: () => string },
  organizationId: string,
  fileId: string,
): string {
  const expires = Math.floor(context.clock.now().getTime() / 1000) + lifetimeSeconds;
  const signature = context.downloadHash.base64url(signedText(organizationId, fileId, String(expires)));
  return `${context.baseUrl()}/v1/files/${fileId}/download?expires=${expires}&signature=${signature}`;
}

/** @throws PrecertError `download_link_invalid` for an altered or expired link. */
export function assertDownloadLink(
  context: { readonly downloadHash: KeyedHash; readonly clock: Clock },
  organizationId: string,
  fileId: string,
  link: { readonly expires: string; readonly signature: string },
): void {
  const genuine = context.downloadHash.matches(
    signedText(organizationId, fileId, link.expires),
    link.signature,
  );
  const expired = Number(link.expires) * 1000 < context.clock.now().getTime();
  if (genuine && !expired) return;
  throw new PrecertError(
    'download_link_invalid',
    'The download link is not valid or has expired; read the resource again for a fresh one.',
  );
}

function signedText(organizationId: string, fileId: string, expires: string): string {
  return JSON.stringify([organizationId, fileId, expires]);
}
