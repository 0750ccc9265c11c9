import { type Static, Type } from 'typebox';
import { PrecertError } from '../../errors.ts';
import { createLogger } from '../../observability/logger.ts';
import { component } from '../components.ts';
import { createHttpServer, type HttpServer, type HttpServerOptions } from '../create-http-server.ts';
import { bearerErrors, bodyErrors, errorResponses } from '../error-responses.ts';
import { describeAsOpenApi } from '../openapi.ts';
import { querySchema } from '../query-parameters.ts';
import { serveReferencePage } from '../reference-page.ts';
import { singleHeader } from '../request-headers.ts';
import {
  calendarDate,
  described,
  discriminatedUnion,
  emptyResponse,
  noBody,
  nullable,
  opaqueObject,
  pageOf,
  strictObject,
  stringEnum,
  timestamp,
  timestampOrDate,
} from '../schemas.ts';

/** Holds handlers open so that tests decide when an answer comes. */
export interface Gate {
  readonly entered: Promise<void>;
  enter(): Promise<void>;
  open(): void;
}

export function createGate(): Gate {
  const entered = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  return {
    entered: entered.promise,
    enter: () => {
      entered.resolve();
      return opened.promise;
    },
    open: () => opened.resolve(),
  };
}

const Part = component('DemoPart', Type.Object({ id: Type.String(), madeAt: nullable(timestamp()) }));

export const Widget = component(
  'DemoWidget',
  Type.Object({
    id: Type.String(),
    kind: stringEnum(['gear', 'spring']),
    part: nullable(Part),
    parts: nullable(Type.Array(Part)),
    count: nullable(Type.Integer()),
    resource: nullable(opaqueObject()),
  }),
);

const WidgetPage = pageOf('DemoWidgetPage', Widget);

const PlaceInput = component('DemoPlaceInput', strictObject({ city: Type.String() }));

const widgetBody = strictObject({
  patient: strictObject({
    name: Type.String({ minLength: 1, maxLength: 20, pattern: '^[^0-9]*$' }),
    bornOn: Type.Optional(calendarDate()),
    identifiers: Type.Array(strictObject({ type: stringEnum(['mrn', 'external']), value: Type.String() }), {
      minItems: 1,
      maxItems: 3,
    }),
  }),
  count: Type.Optional(Type.Integer({ minimum: 1, maximum: 9 })),
  place: Type.Optional(nullable(PlaceInput)),
  note: Type.Optional(nullable(Type.String())),
  metadata: Type.Optional(Type.Record(Type.String(), Type.String())),
});

const eventBody = discriminatedUnion('type', [
  strictObject({ type: stringEnum(['approval']), number: Type.String() }),
  strictObject({ type: stringEnum(['denial']), reason: Type.String() }),
]);

function readRoutes(app: HttpServer): void {
  app.get(
    '/v1/widgets',
    {
      schema: {
        operationId: 'listWidgets',
        tags: ['Widgets'],
        querystring: querySchema({
          limit: Type.Integer({ minimum: 1, maximum: 100, default: 25 }),
          state: Type.Optional(Type.Array(stringEnum(['open', 'closed']), { maxItems: 20 })),
          name: Type.Optional(Type.String({ maxLength: 100 })),
          deep: Type.Optional(Type.Boolean()),
          since: Type.Optional(timestampOrDate()),
        }),
        response: {
          200: Type.Object({
            limit: Type.Integer(),
            state: Type.Array(Type.String()),
            deep: nullable(Type.Boolean()),
          }),
          ...errorResponses(...bearerErrors, 'validation_error', 'invalid_cursor'),
        },
      },
    },
    async ({ query }) => ({ limit: query.limit, state: query.state ?? [], deep: query.deep ?? null }),
  );
  app.get(
    '/v1/pages',
    { schema: { operationId: 'listPages', response: { 200: described('One page.', WidgetPage) } } },
    async () => ({
      data: [],
      pagination: { hasMore: false, nextCursor: null },
    }),
  );
  app.get('/v1/failures/:code', { schema: { operationId: 'fail' } }, async (request) => {
    const { code } = Object.assign({ code: '' }, request.params);
    if (code === 'precert')
      throw new PrecertError('service_unavailable', 'Not now.', { retryAfterSeconds: 7.2 });
    throw Object.assign(new Error('Jane Doe has no "W123"'), { detail: 'Key (member_id)=(W123)' });
  });
}

function writeRoutes(app: HttpServer): void {
  app.post(
    '/v1/widgets',
    {
      schema: {
        operationId: 'createWidget',
        tags: ['Widgets'],
        headers: Type.Object({
          'Idempotency-Key': Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
        }),
        body: widgetBody,
        response: {
          201: Type.Object({ name: Type.String(), key: nullable(Type.String()) }),
          ...errorResponses(
            ...bearerErrors,
            ...bodyErrors,
            'idempotency_request_in_progress',
            'version_conflict',
          ),
        },
      },
    },
    async (request, reply) => {
      const key = singleHeader(request, 'Idempotency-Key') ?? null;
      return reply.code(201).send({ name: request.body.patient.name, key });
    },
  );
  app.post('/v1/events', { schema: { operationId: 'createEvent', body: eventBody } }, async () => ({
    ok: true,
  }));
  app.post('/v1/echo', { schema: { operationId: 'echo' } }, async (request) => ({ body: request.body }));
  app.post(
    '/v1/widgets/:id/submit',
    {
      config: { body: 'optional' },
      schema: { operationId: 'submitWidget', body: noBody, response: { 200: opaqueObject() } },
    },
    async () => ({ submitted: true }),
  );
  app.delete(
    '/v1/widgets/:id',
    { schema: { operationId: 'deleteWidget', response: { 204: emptyResponse('Removed.') } } },
    async (_request, reply) => reply.code(204).send(null),
  );
  app.put(
    '/v1/widgets/:id/content',
    { config: { body: 'stream' }, schema: { operationId: 'putContent' } },
    async (request) => {
      let bytes = 0;
      for await (const chunk of request.raw) bytes += Buffer.from(chunk).length;
      return { bytes };
    },
  );
}

export interface DemoServerOptions extends Partial<HttpServerOptions> {
  readonly gate?: Gate;
  /** What `GET /v1/widgets/:id` answers. */
  readonly widget?: Static<typeof Widget>;
}

/** A server with one route of every kind, to try the platform on. Not listening yet. */
export function createDemoServer(options: DemoServerOptions = {}): HttpServer {
  const app = createHttpServer({
    logger: createLogger({ level: 'silent' }),
    checkResponses: true,
    ...options,
  });
  describeAsOpenApi(app, {
    title: 'Demo',
    version: '1.0.0',
    description: 'For tests.',
    servers: [{ url: 'http://localhost:3000', description: 'Here' }],
    tags: [{ name: 'Widgets', description: 'Things.' }],
  });
  serveReferencePage(app);
  app.register(async (scope: HttpServer) => {
    readRoutes(scope);
    writeRoutes(scope);
    const widget = options.widget;
    if (widget !== undefined) {
      scope.get(
        '/v1/widgets/:id',
        { schema: { operationId: 'getWidget', response: { 200: Widget } } },
        async () => widget,
      );
    }
    scope.get('/v1/slow', { schema: { operationId: 'slow' } }, async () => {
      await options.gate?.enter();
      return { done: true };
    });
  });
  return app;
}

/** Starts listening on a free port of the loopback interface. */
export async function listen(app: HttpServer): Promise<number> {
  await app.listen({ port: 0, host: '127.0.0.1' });
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return address.port;
}
