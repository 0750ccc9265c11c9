import { type Static, Type } from 'typebox';
import { principalOf } from '../../identity/bearer-authentication.ts';
import { invalidField } from '../../platform/errors.ts';
import { component } from '../../platform/http/components.ts';
import type { HttpServer } from '../../platform/http/create-http-server.ts';
import { bearerErrors, bodyErrors, errorResponses } from '../../platform/http/error-responses.ts';
import { singleHeader } from '../../platform/http/request-headers.ts';
import {
  emptyResponse,
  noBody,
  nullable,
  strictObject,
  stringEnum,
  timestamp,
} from '../../platform/http/schemas.ts';
import { completeUpload } from '../complete-upload.ts';
import { createUpload } from '../create-upload.ts';
import { downloadUrl } from '../download-link.ts';
import { filePurposes, fileStatuses, type StoredFile, uploadPurposes } from '../file.ts';
import type { FilesContext } from '../files-context.ts';
import { getFile } from '../get-file.ts';
import { receiveContent } from '../receive-content.ts';

const tags = ['Files'];
const params = Type.Object({ fileId: Type.String({ examples: ['file_123'] }) });

const FileCreate = component(
  'FileCreate',
  strictObject({
    fileName: Type.String({ minLength: 1, maxLength: 255, examples: ['clinical-note.pdf'] }),
    contentType: Type.String({
      minLength: 1,
      maxLength: 255,
      pattern: '^[\\x20-\\x7e]+$',
      examples: ['application/pdf'],
    }),
    purpose: stringEnum(uploadPurposes, { description: '`sandbox_payer_document` only in the sandbox.' }),
    sizeBytes: Type.Optional(
      Type.Integer({ minimum: 1, description: 'When given, the upload must have exactly this size.' }),
    ),
  }),
);

export const FileResource = component(
  'File',
  Type.Object({
    id: Type.String({ examples: ['file_123'] }),
    status: stringEnum(fileStatuses),
    fileName: Type.String({ examples: ['clinical-note.pdf'] }),
    contentType: Type.String({ examples: ['application/pdf'] }),
    sizeBytes: nullable(Type.Integer()),
    purpose: stringEnum(filePurposes),
    downloadUrl: nullable(
      Type.String({
        format: 'uri',
        description: 'Good for five minutes, with a bearer of the same organization.',
      }),
    ),
    createdAt: timestamp(),
    completedAt: nullable(timestamp()),
  }),
);

const FileUpload = component(
  'FileUpload',
  Type.Object({
    file: FileResource,
    upload: Type.Object({
      method: stringEnum(['PUT']),
      url: Type.String({ format: 'uri' }),
      headers: Type.Object({ 'Content-Type': Type.String() }),
    }),
  }),
);

const createRequest = {
  fileName: 'clinical-note.pdf',
  contentType: 'application/pdf',
  purpose: 'authorization_attachment',
} satisfies Static<typeof FileCreate>;

const pendingFile = {
  id: 'file_123',
  status: 'pending_upload',
  ...createRequest,
  sizeBytes: null,
  downloadUrl: null,
  createdAt: '2026-03-13T17:05:30.000Z',
  completedAt: null,
} satisfies Static<typeof FileResource>;

const session = {
  file: pendingFile,
  upload: {
    method: 'PUT',
    url: 'https://precert.example.com/v1/files/file_123/content',
    headers: { 'Content-Type': 'application/pdf' },
  },
} satisfies Static<typeof FileUpload>;

const ready = {
  ...pendingFile,
  status: 'ready',
  sizeBytes: 2382,
  downloadUrl:
    'https://precert.example.com/v1/files/file_123/download?expires=1773421560&signature=qUwaV-tVLchF621ugEVVsmCPoikq3xXfW6Yew7JFzUM',
  completedAt: '2026-03-13T17:05:32.000Z',
} satisfies Static<typeof FileResource>;

export function fileRoutes(app: HttpServer, context: FilesContext, purposes: readonly string[]): void {
  createRoute(app, context, purposes);
  contentRoute(app, context);
  app.post(
    '/v1/files/:fileId/complete',
    {
      config: { body: 'optional', lane: 'slow', cost: 5 },
      schema: {
        operationId: 'completeFile',
        tags,
        summary: 'Mark the uploaded file ready for use',
        examples: { responses: { 200: { ready } } },
        description:
          'A session that is not completed within a day of its last upload is removed. A PDF with scripts, embedded files or actions that start something, and what the virus scanner does not call clean, fails: the file’s status is then `failed`, its bytes are gone, and every further attempt is answered alike.',
        params,
        body: noBody,
        response: {
          200: FileResource,
          ...errorResponses(
            ...bearerErrors,
            ...bodyErrors,
            'file_not_found',
            'file_not_uploaded',
            'file_infected',
            'file_active_content',
          ),
        },
      },
    },
    async (request) =>
      fileJson(
        context,
        await completeUpload(context, principalOf(request).organizationId, request.params.fileId),
      ),
  );
  app.get(
    '/v1/files/:fileId',
    {
      schema: {
        operationId: 'getFile',
        tags,
        summary: 'Read file metadata, and the downloadUrl once the file is ready',
        examples: { responses: { 200: { ready } } },
        params,
        response: { 200: FileResource, ...errorResponses(...bearerErrors, 'file_not_found') },
      },
    },
    async (request) =>
      fileJson(context, await getFile(context, principalOf(request).organizationId, request.params.fileId)),
  );
}

function createRoute(app: HttpServer, context: FilesContext, purposes: readonly string[]): void {
  app.post(
    '/v1/files',
    {
      schema: {
        operationId: 'createFile',
        tags,
        summary: 'Create a file upload session',
        examples: { request: { attachment: createRequest }, responses: { 201: { session } } },
        body: FileCreate,
        response: {
          201: FileUpload,
          ...errorResponses(...bearerErrors, ...bodyErrors, 'upload_quota_exceeded'),
        },
      },
    },
    async (request, reply) => {
      assertPurpose(request.body.purpose, purposes);
      const file = await createUpload(context, principalOf(request).organizationId, request.body);
      const url = `${context.baseUrl()}/v1/files/${file.id}/content`;
      const upload = { method: 'PUT' as const, url, headers: { 'Content-Type': file.contentType } };
      return reply.code(201).send({ file: fileJson(context, file), upload });
    },
  );
}

/** @throws PrecertError `validation_error`: production takes no sandbox documents (contract prior-auth.md, 1.14) */
function assertPurpose(purpose: string, purposes: readonly string[]): void {
  if (purposes.includes(purpose)) return;
  throw invalidField('purpose', 'invalid_enum', 'This purpose exists only in the sandbox.');
}

function contentRoute(app: HttpServer, context: FilesContext): void {
  app.put(
    '/v1/files/:fileId/content',
    {
      config: { body: 'stream', lane: 'slow', cost: 5 },
      schema: {
        operationId: 'uploadFileContent',
        tags,
        summary: 'Upload file bytes',
        description:
          'The raw bytes, at most 25 MiB, with exactly the Content-Type of the session. May be repeated until the file is completed.',
        params,
        response: {
          204: emptyResponse('Stored.'),
          ...errorResponses(
            ...bearerErrors,
            'validation_error',
            'payload_too_large',
            'request_timeout',
            'unsupported_media_type',
            'file_not_found',
            'file_content_type_mismatch',
            'unsupported_attachment_mime_type',
            'file_upload_already_completed',
            'file_infected',
            'file_active_content',
            'upload_quota_exceeded',
          ),
        },
      },
    },
    async (request, reply) => {
      const contentLength = request.headers['content-length'];
      await receiveContent(context, principalOf(request).organizationId, {
        fileId: request.params.fileId,
        contentType: singleHeader(request, 'Content-Type'),
        contentLength: contentLength === undefined ? undefined : Number(contentLength),
        content: request.raw,
      });
      return reply.code(204).send(null);
    },
  );
}

function fileJson(context: FilesContext, file: StoredFile): Static<typeof FileResource> {
  return {
    id: file.id,
    status: file.status,
    fileName: file.fileName,
    contentType: file.contentType,
    sizeBytes: file.sizeBytes ?? null,
    purpose: file.purpose,
    downloadUrl: file.status === 'ready' ? downloadUrl(context, file.organizationId, file.id) : null,
    createdAt: file.createdAt.toISOString(),
    completedAt: file.completedAt?.toISOString() ?? null,
  };
}
