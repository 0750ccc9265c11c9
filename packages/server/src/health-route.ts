import { Type } from 'typebox';
import type { AuditRecorder } from './audit/audit-recorder.ts';
import type { Database } from './platform/database/database.ts';
import type { KeyProvider } from './platform/encryption/key-provider.ts';
import { PrecertError } from './platform/errors.ts';
import { component } from './platform/http/components.ts';
import type { HttpServer } from './platform/http/create-http-server.ts';
import { errorResponses } from './platform/http/error-responses.ts';
import { stringEnum } from './platform/http/schemas.ts';

const Health = component('Health', Type.Object({ status: stringEnum(['ok']) }));
const Ready = component('Ready', Type.Object({ status: stringEnum(['ready']) }));

/** Public liveness (contract prior-auth.md, 1.17): says nothing of versions or dependencies. */
export function healthRoute(app: HttpServer): void {
  app.get(
    '/health',
    {
      config: { quiet: true, lane: 'free' },
      schema: {
        operationId: 'getHealth',
        tags: ['System'],
        summary: 'Health check',
        security: [],
        response: {
          200: Health,
          ...errorResponses('internal_error'),
        },
      },
    },
    async () => ({ status: 'ok' as const }),
  );
}

/** Longer than a slow answer, shorter than a balancer's own patience. */
const pingMs = 2_000;

/** Public readiness: whether requests should come here now. As liveness it names no cause; the log of the process does. */
export function readyRoute(
  app: HttpServer,
  database: Pick<Database, 'ping'>,
  masterKey: Pick<KeyProvider, 'isAvailable'>,
  audit: Pick<AuditRecorder, 'assertWritable'>,
): void {
  app.get(
    '/ready',
    {
      config: { quiet: true, lane: 'free' },
      schema: {
        operationId: 'getReadiness',
        tags: ['System'],
        summary: 'Readiness check',
        description:
          'For load balancers: 503 while the server stops, its database or key service does not answer, or its audit trail cannot be written.',
        security: [],
        response: {
          200: Ready,
          ...errorResponses('internal_error', 'service_unavailable'),
        },
      },
    },
    async () => {
      const isReady =
        app.readiness.phase === 'ready' &&
        isWritable(audit) &&
        (await database.ping(pingMs)) &&
        (await masterKey.isAvailable());
      if (!isReady) throw new PrecertError('service_unavailable', 'The server is not ready.');
      return { status: 'ready' as const };
    },
  );
}

function isWritable(audit: Pick<AuditRecorder, 'assertWritable'>): boolean {
  try {
    audit.assertWritable();
    return true;
  } catch {
    return false;
  }
}
