import { Type } from 'typebox';
import { component } from './platform/http/components.ts';
import type { HttpServer } from './platform/http/create-http-server.ts';
import { errorResponses } from './platform/http/error-responses.ts';
import { stringEnum } from './platform/http/schemas.ts';

const Health = component('Health', Type.Object({ status: stringEnum(['ok']) }));

/** Public liveness (contract prior-auth.md, 1.17): says nothing of versions or dependencies. */
export function healthRoute(app: HttpServer): void {
  app.get(
    '/health',
    {
      config: { quiet: true },
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
