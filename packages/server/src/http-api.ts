import { apiDescription } from './api-description.ts';
import type { AuditRecorder } from './audit/audit-recorder.ts';
import { auditEntryRoutes } from './audit/routes/audit-entry-routes.ts';
import { auditRequests } from './audit/routes/audit-requests.ts';
import { callerOfPrincipal } from './audit/routes/callers.ts';
import { payerRoutes } from './catalog/payer-routes.ts';
import type { TemplateStore } from './catalog/template-store.ts';
import type { ClaimsContext } from './claims/context.ts';
import { claimsApiRoutes } from './claims/routes/claims-api-routes.ts';
import type { Config } from './config/config.ts';
import { DocumentWorkerError } from './documents/document-worker-error.ts';
import { uploadPurposes } from './files/file.ts';
import type { FilesContext } from './files/files-context.ts';
import { downloadRoute } from './files/routes/download-route.ts';
import { fileRoutes } from './files/routes/file-routes.ts';
import { healthRoute, readyRoute } from './health-route.ts';
import type { Authenticator } from './identity/authenticator.ts';
import { authenticateBearer, principalOf } from './identity/bearer-authentication.ts';
import type { ClaimsAuthenticator } from './identity/claims-authenticator.ts';
import type { RequestLimits } from './identity/create-request-limits.ts';
import type { IdentityDependencies } from './identity/issue-credential.ts';
import { declareScope, requireScope } from './identity/route-scope.ts';
import { credentialRoutes } from './identity/routes/credential-routes.ts';
import type { LinkedAccountsContext } from './linked-accounts/context.ts';
import { linkedAccountRoutes } from './linked-accounts/routes/linked-account-routes.ts';
import type { CursorCodec } from './platform/cursor.ts';
import type { KeyRing } from './platform/encryption/key-provider.ts';
import { PrecertError } from './platform/errors.ts';
import { createHttpServer, type HttpServer } from './platform/http/create-http-server.ts';
import { limitConcurrency } from './platform/http/limit-concurrency.ts';
import { limitRate } from './platform/http/limit-rate.ts';
import type { HttpLimits } from './platform/http/limits.ts';
import { describeAsOpenApi } from './platform/http/openapi.ts';
import { serveReferencePage } from './platform/http/reference-page.ts';
import type { Logger } from './platform/observability/logger.ts';
import type { PriorAuthorizationContext } from './prior-authorization/context.ts';
import { attachmentRoutes } from './prior-authorization/routes/attachment-routes.ts';
import { authorizationRoutes } from './prior-authorization/routes/authorization-routes.ts';
import { lifecycleRoutes } from './prior-authorization/routes/lifecycle-routes.ts';
import { listRoutes } from './prior-authorization/routes/list-routes.ts';
import { payerEventRoute } from './sandbox/payer-event-route.ts';
import type { WebhooksContext } from './webhooks/context.ts';
import { webhookDeliveryRoutes } from './webhooks/routes/delivery-routes.ts';
import { webhookEndpointRoutes } from './webhooks/routes/endpoint-routes.ts';

export type HttpApi = HttpServer;

export interface HttpApiParts {
  readonly config: Config;
  readonly logger: Logger;
  readonly authenticator: Authenticator;
  readonly requestLimits: RequestLimits;
  readonly identity: IdentityDependencies;
  readonly audit: AuditRecorder;
  readonly cursors: CursorCodec;
  readonly files: FilesContext;
  readonly templates: TemplateStore;
  readonly priorAuthorization: PriorAuthorizationContext;
  readonly webhooks: WebhooksContext;
  readonly linkedAccounts: LinkedAccountsContext;
  readonly claims: ClaimsContext;
  readonly claimsAuthenticator: ClaimsAuthenticator;
  readonly ring: KeyRing;
  readonly overrides: { readonly httpLimits?: Partial<HttpLimits>; readonly checkResponses?: boolean };
}

/** Every route of the server: public ones, and behind the bearer those of each room. */
export function createHttpApi(parts: HttpApiParts): HttpApi {
  const { config, logger, overrides, requestLimits } = parts;
  const app = createHttpServer({
    logger,
    limits: { concurrentRequests: config.limits.concurrentRequests, ...overrides.httpLimits },
    trustedProxies: config.limits.trustedProxies,
    checkResponses: overrides.checkResponses ?? false,
    translateError: asUnavailability,
  });
  describeAsOpenApi(app, apiDescription);
  serveReferencePage(app);
  app.register(async (scope: HttpServer) => {
    healthRoute(scope);
    readyRoute(scope, parts.priorAuthorization.database, parts.ring.current, parts.audit);
  });
  app.register(async (scope: HttpServer) => {
    scope.addHook('onRoute', declareScope);
    auditRequests(scope, parts.audit, callerOfPrincipal);
    authenticateBearer(scope, parts.authenticator, requestLimits.loginGuard);
    limitRate(scope, {
      ...requestLimits,
      usesOf: (request) => requestLimits.usesOf(principalOf(request)),
    });
    const slowPlaces = Math.ceil(config.limits.concurrentRequests / 2);
    limitConcurrency(scope, slowPlaces, (request) => principalOf(request).organizationId);
    scope.addHook('onRequest', requireScope);
    bearerRoutes(scope, parts, config.environment === 'sandbox');
  });
  app.register(async (scope: HttpServer) => {
    const { audit, claims, webhooks, claimsAuthenticator: authenticator } = parts;
    claimsApiRoutes(scope, { audit, claims, webhooks, authenticator, requestLimits });
  });
  return app;
}

function bearerRoutes(scope: HttpServer, parts: HttpApiParts, sandbox: boolean): void {
  const { priorAuthorization, cursors, files, templates, webhooks, identity } = parts;
  authorizationRoutes(scope, priorAuthorization);
  listRoutes(scope, priorAuthorization, cursors);
  attachmentRoutes(scope, priorAuthorization);
  lifecycleRoutes(scope, priorAuthorization);
  fileRoutes(scope, files, sandbox ? uploadPurposes : ['authorization_attachment']);
  downloadRoute(scope, files);
  webhookEndpointRoutes(scope, webhooks, cursors);
  webhookDeliveryRoutes(scope, webhooks, cursors);
  linkedAccountRoutes(scope, parts.linkedAccounts, cursors);
  payerRoutes(scope, templates, cursors, (request) => principalOf(request).organizationId);
  credentialRoutes(scope, { ...identity, database: priorAuthorization.database, cursors });
  auditEntryRoutes(scope, { database: priorAuthorization.database, cursors });
  if (sandbox) payerEventRoute(scope, priorAuthorization);
}

/** The database and the file storage speak for themselves; the documents room knows nothing of clients. */
function asUnavailability(error: unknown): PrecertError | undefined {
  // A document that needs more memory than there is needs it again: no retry mends that.
  if (!(error instanceof DocumentWorkerError) || error.failure === 'memory') return undefined;
  return new PrecertError('service_unavailable', 'Documents cannot be processed now. Try again shortly.', {
    retryAfterSeconds: 5,
    cause: error,
  });
}
