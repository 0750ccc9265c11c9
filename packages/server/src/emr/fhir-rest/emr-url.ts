/** Where an EMR may be. The operator sets the address, so private networks are fine; plain HTTP is not. */

export interface EmrUrlPolicy {
  /** PRECERT_ALLOW_INSECURE_EMR: plain HTTP beyond this machine. */
  readonly allowInsecure: boolean;
}

/** What is wrong with the address, as a sentence; undefined when nothing is. */
export function emrUrlProblem(value: unknown, policy: EmrUrlPolicy): string | undefined {
  if (typeof value !== 'string' || value.length > 2_000 || !URL.canParse(value)) {
    return 'Give an absolute URL, such as https://emr.example/fhir/r4.';
  }
  const url = new URL(value);
  if (!['https:', 'http:'].includes(url.protocol)) return 'Only https and http are spoken.';
  if (url.username !== '' || url.password !== '') return 'Leave user and password out of the URL.';
  if (url.search !== '' || url.hash !== '') return 'Leave query and fragment out of the URL.';
  if (url.protocol === 'http:' && !isLoopback(url.hostname) && !policy.allowInsecure) {
    return 'Use https: patient data would travel readable. PRECERT_ALLOW_INSECURE_EMR=true allows it all the same.';
  }
  return undefined;
}

/** Without the slash at its end, so that paths can be added. */
export function emrUrl(value: string): URL {
  const url = new URL(value);
  url.pathname = url.pathname.replace(/(?<!\/)\/+$/, '');
  return url;
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(?:\.\d{1,3}){3}$/.test(hostname)
  );
}
