import { Type } from 'typebox';
import { type ErrorCode, errorCodes } from '../errors.ts';
import { component } from './components.ts';
import { flatErrorRendering } from './flat-error-envelope.ts';
import { stringEnum } from './schemas.ts';

/** Marks a response schema as an error envelope: the error handler writes it, the response serializer does not. */
export const errorCodesKeyword = 'x-error-codes';

const ErrorIssueSchema = component(
  'ErrorIssue',
  Type.Object({
    field: Type.String({
      description: 'Dotted path into the body, or the name of a query parameter or header.',
      examples: ['patient.identifiers[0].type'],
    }),
    code: Type.String({ examples: ['invalid_enum'] }),
    message: Type.String(),
  }),
);

/** The error envelope, `Error` in the OpenAPI document. */
export const ErrorSchema = component(
  'Error',
  Type.Object(
    {
      code: stringEnum(errorCodes),
      message: Type.String({ description: 'For people; may change. Decide by `code`.' }),
      details: Type.Optional(
        Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true }),
      ),
      issues: Type.Optional(
        Type.Array(ErrorIssueSchema, { description: 'Up to 50 of the offending fields.' }),
      ),
      requestId: Type.String({ description: 'The same as the X-Request-Id header.' }),
      retryable: Type.Boolean({ description: 'Whether the unchanged request may succeed later.' }),
    },
    {
      examples: [
        {
          code: 'validation_error',
          message: 'Request validation failed.',
          issues: [
            { field: 'workflowState', code: 'invalid_enum', message: 'Expected one of the listed values.' },
          ],
          requestId: 'req_5a1c9e0b7d3f4e62',
          retryable: false,
        },
      ],
    },
  ),
);

/** What any route behind a bearer token may answer. */
export const bearerErrors = [
  'unauthorized',
  'insufficient_permissions',
  'rate_limited',
  'internal_error',
  'service_unavailable',
] as const satisfies readonly ErrorCode[];

/** What any route that reads a JSON body may answer. */
export const bodyErrors = [
  'validation_error',
  'request_timeout',
  'payload_too_large',
  'unsupported_media_type',
] as const satisfies readonly ErrorCode[];

/** An envelope as the OpenAPI document shows it. */
export interface DescribedEnvelope {
  /** Name of the component that every error of the envelope follows. */
  readonly component: string;
  /** Whether the body has a `code`. */
  readonly hasCode?: true;
  statusOf(code: ErrorCode): number;
}

const flatEnvelope: DescribedEnvelope = {
  component: 'Error',
  hasCode: true,
  statusOf: (code) => flatErrorRendering(code).status,
};

/**
 * Response entries, one per status, for the named codes: spread into a route's `response`. Handlers throw errors and
 * never return them, so the entries add nothing to the handler's return type.
 */
export function errorResponses(...codes: readonly ErrorCode[]): Record<never, never> {
  return errorResponsesIn(flatEnvelope, codes);
}

/** As `errorResponses`, in another envelope. */
export function errorResponsesIn(
  envelope: DescribedEnvelope,
  codes: readonly ErrorCode[],
): Record<never, never> {
  const codesByStatus = new Map<number, ErrorCode[]>();
  for (const code of errorCodes) {
    if (!codes.includes(code)) continue;
    const status = envelope.statusOf(code);
    codesByStatus.set(status, [...(codesByStatus.get(status) ?? []), code]);
  }
  const entries = [...codesByStatus].sort(([first], [second]) => first - second);
  return Object.fromEntries(
    entries.map(([status, statusCodes]) => [status, errorResponse(envelope, statusCodes)]),
  );
}

function errorResponse(
  { component: name, hasCode }: DescribedEnvelope,
  codes: readonly ErrorCode[],
): Record<string, unknown> {
  const description = codes.map((code) => `\`${code}\`: ${flatErrorRendering(code).meaning}`).join('\n\n');
  const narrowing =
    hasCode === true ? [{ type: 'object', properties: { code: { type: 'string', enum: codes } } }] : [];
  const schema = { [errorCodesKeyword]: codes, allOf: [{ $ref: `${name}#` }, ...narrowing] };
  return { description, content: { 'application/json': { schema } } };
}
