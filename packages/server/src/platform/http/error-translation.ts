import { type ErrorIssue, PrecertError } from '../errors.ts';
import { internalError } from './flat-error-envelope.ts';
import { ValidationFailure } from './schema-compilers.ts';
import { type RequestPart, schemaIssues } from './schema-issues.ts';

/** Lets another room speak for its own failures, such as a lost database: undefined means "not mine". */
export type TranslateError = (error: unknown) => PrecertError | undefined;

/** Whatever was thrown while a request was processed, as an error of the catalogue. */
export function asPrecertError(error: unknown, translate?: TranslateError): PrecertError {
  if (error instanceof PrecertError) return error;
  return fromValidation(error) ?? fromFastify(error) ?? translate?.(error) ?? internalError(error);
}

function fromValidation(error: unknown): PrecertError | undefined {
  if (!(error instanceof ValidationFailure)) return undefined;
  const issues = schemaIssues(error.errors, partOf(error));
  return validationError(issues);
}

/** Fastify notes on the error which part of the request failed. */
function partOf(error: Error): RequestPart {
  const part = 'validationContext' in error ? error.validationContext : undefined;
  return part === 'querystring' || part === 'params' || part === 'headers' ? part : 'body';
}

function validationError(issues: readonly ErrorIssue[]): PrecertError {
  return new PrecertError('validation_error', 'Request validation failed.', { issues });
}

/** Fastify's own refusals that can still happen: its other parsers and routes are replaced. */
function fromFastify(error: unknown): PrecertError | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new PrecertError('unsupported_media_type', 'The Content-Type is not supported.');
    case 'FST_ERR_BAD_URL':
      return validationError([
        { field: 'path', code: 'invalid_format', message: 'Expected percent-encoded UTF-8.' },
      ]);
    case 'FST_ERR_MAX_PARAM_LENGTH':
    case 'FST_ERR_NOT_FOUND':
      return new PrecertError('not_found', 'There is no such route.');
    case 'FST_ERR_HANDLER_TIMEOUT':
      return new PrecertError('service_unavailable', 'The request took too long to process.');
    default:
      return undefined;
  }
}
