/**
 * On every answer of the API (reliability: errors and headers leak nothing). Answers are data, never pages: nothing
 * may run, be framed, be cached or be sniffed. HSTS has no effect over plain HTTP, where browsers ignore it; behind
 * a TLS proxy it holds. No CORS header: browsers of other origins have no business here.
 */
export const securityHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
};

export const jsonContentType = 'application/json; charset=utf-8';
