import type { AuditRecorder } from '../../audit/audit-recorder.ts';
import { auditRequests } from '../../audit/routes/audit-requests.ts';
import { callerOfClient } from '../../audit/routes/callers.ts';
import {
  authenticateAccount,
  authenticateClient,
  claimsCallerOf,
} from '../../identity/claims-authentication.ts';
import type { ClaimsAuthenticator } from '../../identity/claims-authenticator.ts';
import type { RequestLimits } from '../../identity/create-request-limits.ts';
import type { HttpServer } from '../../platform/http/create-http-server.ts';
import { limitRate } from '../../platform/http/limit-rate.ts';
import type { WebhooksContext } from '../../webhooks/context.ts';
import { renderClaimsError } from '../claims-error-envelope.ts';
import type { ClaimsContext } from '../context.ts';
import { appointmentRoutes } from './appointment-routes.ts';
import { claimRoutes } from './claim-routes.ts';
import { settingsRoutes } from './settings-routes.ts';
import { webhookEventRoutes } from './webhook-event-routes.ts';
import { webhookRoutes } from './webhook-routes.ts';

/** The names of the security schemes in the OpenAPI document (contract claims.md, 3.1). */
const clientSecurity = { ClientCredentials: [], ClientSecret: [] };
const accountSecurity = { ...clientSecurity, AccessToken: [] };

export interface ClaimsApiParts {
  readonly audit: AuditRecorder;
  readonly claims: ClaimsContext;
  readonly webhooks: WebhooksContext;
  readonly authenticator: ClaimsAuthenticator;
  readonly requestLimits: RequestLimits;
}

/** The claims API: three headers in place of a bearer, and an error envelope of its own. */
export function claimsApiRoutes(app: HttpServer, parts: ClaimsApiParts): void {
  app.register(async (scope: HttpServer) => {
    prepareScope(scope, clientSecurity);
    auditRequests(scope, parts.audit, callerOfClient);
    authenticateClient(scope, parts.authenticator, parts.requestLimits.loginGuard);
    limitCallers(scope, parts.requestLimits);
    webhookRoutes(scope, parts.webhooks);
  });
  app.register(async (scope: HttpServer) => {
    prepareScope(scope, accountSecurity);
    auditRequests(scope, parts.audit, callerOfClient);
    authenticateAccount(scope, parts.authenticator, parts.requestLimits.loginGuard);
    limitCallers(scope, parts.requestLimits);
    claimRoutes(scope, parts.claims);
    appointmentRoutes(scope, parts.claims);
    settingsRoutes(scope, parts.claims);
    webhookEventRoutes(scope, parts.claims);
  });
}

function limitCallers(scope: HttpServer, limits: RequestLimits): void {
  limitRate(scope, {
    ...limits,
    usesOf: (request) => {
      const { clientId, organizationId } = claimsCallerOf(request);
      return limits.usesOf({ credentialId: clientId, organizationId });
    },
  });
}

function prepareScope(scope: HttpServer, security: Readonly<Record<string, readonly string[]>>): void {
  scope.errorEnvelopes.use(scope, renderClaimsError);
  scope.addHook('onRoute', (route) => {
    route.schema = { ...route.schema, security: [security] };
  });
}
