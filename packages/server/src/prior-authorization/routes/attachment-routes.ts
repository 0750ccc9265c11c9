import { Type } from 'typebox';
import { principalOf } from '../../identity/bearer-authentication.ts';
import { component } from '../../platform/http/components.ts';
import type { HttpServer } from '../../platform/http/create-http-server.ts';
import { bearerErrors, bodyErrors, errorResponses } from '../../platform/http/error-responses.ts';
import { emptyResponse, opaqueObject, strictObject, stringEnum } from '../../platform/http/schemas.ts';
import { documentTypes } from '../../requirements/rules.ts';
import { attachFile } from '../attach-file.ts';
import type { PriorAuthorizationContext } from '../context.ts';
import { removeAttachment } from '../remove-attachment.ts';
import { attachmentJson } from './authorization-json.ts';
import { attached } from './examples/answers.ts';
import { attachRequest } from './examples/requests.ts';
import { authorizationParams, expectedVersion, ifMatchHeader, sendVersion } from './request-parts.ts';
import { Attachment } from './schemas.ts';

const tags = ['Prior authorization'];

const AttachmentCreate = component(
  'AttachmentCreate',
  strictObject({
    fileId: Type.String({ minLength: 1, maxLength: 64, examples: ['file_123'] }),
    label: Type.String({ minLength: 1, maxLength: 200, examples: ['Recent clinical note'] }),
    documentTypes: Type.Optional(
      Type.Array(stringEnum(documentTypes), {
        maxItems: 20,
        description:
          'What the document is; a required document is satisfied by one of its `likelyDocTypes`. Without it the attachment counts for any.',
        examples: [['clinical_note']],
      }),
    ),
    metadata: Type.Optional(
      opaqueObject({ maxProperties: 50, description: 'Your own notes: at most 8,192 bytes of JSON.' }),
    ),
  }),
);

export function attachmentRoutes(app: HttpServer, context: PriorAuthorizationContext): void {
  addRoute(app, context);
  removeRoute(app, context);
}

function addRoute(app: HttpServer, context: PriorAuthorizationContext): void {
  app.post(
    '/v1/prior-auth/authorizations/:authorizationId/attachments',
    {
      schema: {
        operationId: 'addAttachment',
        tags,
        summary: 'Attach a previously uploaded file',
        examples: { request: { clinicalNote: attachRequest }, responses: { 201: { attached } } },
        params: authorizationParams,
        headers: Type.Object(ifMatchHeader),
        body: AttachmentCreate,
        response: {
          201: Attachment,
          ...errorResponses(
            ...bearerErrors,
            ...bodyErrors,
            'authorization_not_found',
            'file_not_found',
            'file_not_ready',
            'file_purpose_mismatch',
            'unsupported_attachment_mime_type',
            'authorization_attachments_not_mutable',
            'attachment_limit_reached',
            'version_conflict',
          ),
        },
      },
    },
    async (request, reply) => {
      const { organizationId } = principalOf(request);
      const { authorizationId } = request.params;
      const result = await attachFile(
        context,
        organizationId,
        authorizationId,
        request.body,
        expectedVersion(request),
      );
      sendVersion(reply, result.authorization);
      return reply.code(201).send(attachmentJson(context, result.authorization, result.attachment));
    },
  );
}

function removeRoute(app: HttpServer, context: PriorAuthorizationContext): void {
  app.delete(
    '/v1/prior-auth/authorizations/:authorizationId/attachments/:attachmentId',
    {
      schema: {
        operationId: 'removeAttachment',
        tags,
        summary: 'Remove an attachment while the authorization is mutable',
        description: 'The file itself stays.',
        params: Type.Object({
          ...authorizationParams.properties,
          attachmentId: Type.String({ examples: ['att_123'] }),
        }),
        headers: Type.Object(ifMatchHeader),
        response: {
          204: emptyResponse('Removed.'),
          ...errorResponses(
            ...bearerErrors,
            'validation_error',
            'authorization_not_found',
            'attachment_not_found',
            'authorization_attachments_not_mutable',
            'version_conflict',
          ),
        },
      },
    },
    async (request, reply) => {
      const { authorizationId, attachmentId } = request.params;
      const { organizationId } = principalOf(request);
      const next = await removeAttachment(
        context,
        organizationId,
        authorizationId,
        attachmentId,
        expectedVersion(request),
      );
      sendVersion(reply, next);
      return reply.code(204).send(null);
    },
  );
}
