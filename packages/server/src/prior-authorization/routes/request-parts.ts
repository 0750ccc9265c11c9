import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { invalidField } from '../../platform/errors.ts';
import { singleHeader } from '../../platform/http/request-headers.ts';
import type { PriorAuthorization } from '../prior-authorization.ts';

export const authorizationParams = Type.Object({ authorizationId: Type.String({ examples: ['auth_123'] }) });

export const ifMatchHeader = {
  'If-Match': Type.Optional(
    Type.String({
      description:
        'The version the change was decided on, as in `ETag`; another one now answers 409 `version_conflict`.',
      examples: ['"3"'],
    }),
  ),
};

export const idempotencyKeyHeader = {
  'Idempotency-Key': Type.Optional(
    Type.String({
      description: '1 to 255 visible ASCII characters; kept 30 days.',
      examples: ['create-auth-abc123'],
    }),
  ),
};

export const pageQuery = {
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 25 }),
  cursor: Type.Optional(Type.String({ description: '`nextCursor` of the page before, unchanged.' })),
};

/**
 * The key, raw or as a quoted structured-field string.
 * @throws PrecertError `validation_error`
 */
export function idempotencyKey(request: FastifyRequest): string | undefined {
  const sent = singleHeader(request, 'Idempotency-Key');
  if (sent === undefined) return undefined;
  const key = /^"(.*)"$/.exec(sent)?.[1] ?? sent;
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw invalidField(
    'Idempotency-Key',
    'invalid_format',
    'A key is 1 to 255 visible ASCII characters without spaces.',
  );
}

/**
 * The version of `If-Match`; undefined when the header is absent or `*`.
 * @throws PrecertError `validation_error`
 */
export function expectedVersion(request: FastifyRequest): number | undefined {
  const sent = singleHeader(request, 'If-Match');
  if (sent === undefined || sent === '*') return undefined;
  const version = /^"?([1-9][0-9]{0,8})"?$/.exec(sent)?.[1];
  if (version !== undefined) return Number(version);
  throw invalidField('If-Match', 'invalid_format', 'Expected one version in quotes, such as "3".');
}

export function sendVersion(reply: FastifyReply, authorization: PriorAuthorization): void {
  reply.header('etag', `"${authorization.version}"`);
}
