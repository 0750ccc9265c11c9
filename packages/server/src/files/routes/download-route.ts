import { Type } from 'typebox';
import { principalOf } from '../../identity/bearer-authentication.ts';
import type { HttpServer } from '../../platform/http/create-http-server.ts';
import { bearerErrors, errorResponses } from '../../platform/http/error-responses.ts';
import { querySchema } from '../../platform/http/query-parameters.ts';
import { binaryResponse } from '../../platform/http/schemas.ts';
import { contentDisposition } from '../content-disposition.ts';
import { assertDownloadLink } from '../download-link.ts';
import type { FilesContext } from '../files-context.ts';
import { getReadyFile } from '../get-file.ts';

/** Serves stored bytes so that a browser neither runs nor keeps them. */
export function downloadRoute(app: HttpServer, context: FilesContext): void {
  app.get(
    '/v1/files/:fileId/download',
    {
      config: { lane: 'slow', cost: 2 },
      schema: {
        operationId: 'downloadFile',
        tags: ['Files'],
        summary: 'Download a file by its downloadUrl',
        description: 'Needs the bearer token as well as the signature; a link lives five minutes.',
        params: Type.Object({ fileId: Type.String({ examples: ['file_123'] }) }),
        querystring: querySchema({
          expires: Type.String({ pattern: '^[0-9]{1,12}$' }),
          signature: Type.String({ maxLength: 100 }),
        }),
        response: {
          200: binaryResponse('The stored bytes, in the file’s content type.'),
          ...errorResponses(
            ...bearerErrors,
            'validation_error',
            'file_not_found',
            'file_not_ready',
            'download_link_invalid',
          ),
        },
      },
    },
    async (request, reply) => {
      const { organizationId } = principalOf(request);
      const file = await getReadyFile(context, organizationId, request.params.fileId);
      assertDownloadLink(context, organizationId, file.id, request.query);
      reply
        .type(file.contentType)
        .header('content-length', file.sizeBytes)
        .header('content-disposition', contentDisposition(file.fileName))
        .header('content-security-policy', "sandbox; default-src 'none'");
      return reply.send(await context.blobs.read(file.storageKey, file.contentKey));
    },
  );
}
