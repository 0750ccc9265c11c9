import { isIP } from 'node:net';
import { OutboundRefusedError } from './outbound-errors.ts';
import { addressKind } from './reserved-addresses.ts';

export interface OutboundRules {
  /** Lets http, every port and this machine's own network through: for tests, and for receivers next door. */
  readonly allowPrivate: boolean;
  /** Where private addresses are allowed, all are. Default: 443 and 8443. */
  readonly ports?: readonly number[] | undefined;
}

const maximumLength = 2_048;
const usualPorts: readonly number[] = [443, 8443];

/**
 * A URL a customer wrote, if it may be called as far as can be seen without resolving its name. It must read as it
 * will be understood: whatever the parser would put right (an octal or hexadecimal address, letters that change under
 * IDNA, a backslash, a line break) is refused instead, so that nobody is shown one host and another is called.
 * @throws OutboundRefusedError
 */
export function readOutboundUrl(text: string, rules: OutboundRules): URL {
  if (text.length > maximumLength) refuse(`The URL is longer than ${maximumLength} characters.`);
  if (!/^[\x21-\x7e]*$/.test(text) || text.includes('\\')) {
    refuse(
      'Write the URL in ASCII, other letters percent-encoded or as punycode, without blanks or backslashes.',
    );
  }
  const [, written = ''] = /^https?:\/\/([^/?#]*)/i.exec(text) ?? [];
  if (written === '' || !URL.canParse(text)) refuse('This is not an absolute https URL.');
  const url = new URL(text);
  if (url.protocol !== 'https:' && !rules.allowPrivate) refuse('Only https is called.');
  if (written.includes('@')) refuse('Leave user name and password out of the URL.');
  if (text.includes('#')) refuse('Leave the fragment out of the URL: it is never sent.');
  const host = written.replace(/:\d*$/, '').toLowerCase();
  if (host !== url.hostname) refuse('Write the host in its usual form.');
  if (host.endsWith('.')) refuse('Leave out the dot at the end of the host.');
  if (literalAddress(url) === undefined && !isName(host))
    refuse('Write a host name of letters, digits, dashes and dots.');
  if (!isOpenPort(url, rules)) refuse('This port is not called; use 443 or 8443.');
  const address = literalAddress(url);
  if (address !== undefined && !mayDial(address, rules))
    refuse('This address is not open to calls from here.');
  return url;
}

function isName(host: string): boolean {
  return host.length <= 253 && host.split('.').every((label) => /^[a-z0-9_-]{1,63}$/.test(label));
}

function isOpenPort(url: URL, { allowPrivate, ports = usualPorts }: OutboundRules): boolean {
  return allowPrivate || ports.includes(url.port === '' ? 443 : Number(url.port));
}

/** The address a URL names directly; undefined for a name. */
export function literalAddress(url: URL): string | undefined {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(host) === 0 ? undefined : host;
}

export function mayDial(address: string, rules: OutboundRules): boolean {
  const kind = addressKind(address);
  return kind === 'public' || (kind === 'private' && rules.allowPrivate);
}

function refuse(message: string): never {
  throw new OutboundRefusedError(message);
}
