import { type FastifyInstance, fastify } from 'fastify';

/**
 * Everything the page needs comes from this server, and the browser is told to fetch from nowhere else. Styles must
 * be allowed inline: the reference writes its own at run time.
 */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Nothing that leaves the machine: no remote fonts, no proxy, no telemetry, no assistant. */
const referenceSettings = {
  url: '/openapi.json',
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
  showDeveloperTools: 'never',
  agent: { disabled: true },
  mcp: { disabled: true },
  persistAuth: false,
};

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Precert API reference</title>
</head>
<body>
<noscript>The reference needs JavaScript. The same content is at <a href="/openapi.json">/openapi.json</a>.</noscript>
<div id="reference"></div>
<script src="/docs/reference.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

const startScript = `Scalar.createApiReference('#reference', ${JSON.stringify(referenceSettings)});\n`;

/** `GET /docs`: the reference page, drawn in the browser from `/openapi.json`. Public, like the document. */
export function serveReferencePage(app: FastifyInstance): void {
  let script: Promise<string> | undefined;
  app.register((scope, _options, done) => {
    const options = { schema: { hide: true }, config: { quiet: true } };
    scope.get('/docs', options, async (_request, reply) =>
      reply.type('text/html; charset=utf-8').header('content-security-policy', pagePolicy).send(page),
    );
    scope.get('/docs/start.js', options, async (_request, reply) =>
      reply.type('text/javascript; charset=utf-8').send(startScript),
    );
    scope.get('/docs/reference.js', options, async (_request, reply) => {
      script ??= loadReferenceScript();
      return reply
        .type('text/javascript; charset=utf-8')
        .header('cache-control', 'private, max-age=3600')
        .send(await script);
    });
    done();
  });
}

/**
 * The browser bundle of Scalar, 4 MB, loaded when somebody first opens the page. The package that carries it offers it
 * only as a Fastify plugin with pages and CORS headers of its own; so the plugin runs in a server that never listens,
 * and only the script is taken from it.
 */
async function loadReferenceScript(): Promise<string> {
  const { default: plugin } = await import('@scalar/fastify-api-reference');
  const carrier = fastify();
  await carrier.register(plugin, { routePrefix: '/carrier', configuration: { url: '/openapi.json' } });
  const response = await carrier.inject('/carrier/js/scalar.js');
  await carrier.close();
  if (response.statusCode !== 200) throw new Error('The reference script is not in its package.');
  return response.body;
}
