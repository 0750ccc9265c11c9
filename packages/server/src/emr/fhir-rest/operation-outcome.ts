import { codings } from './fhir-values.ts';
import { isObject, member, objects, parseJson, text, texts } from './json-values.ts';

/** What is read of an issue. Its texts are left alone: they may speak of a patient. */
export interface OutcomeIssue {
  /** R4 issue type, such as `duplicate`. */
  readonly code: string;
  /** Codes of the server's own, such as `ENCOUNTER_IS_LOCKED`. */
  readonly details: readonly string[];
  /** FHIRPath of what is at fault, such as `Claim.diagnosis`. */
  readonly expressions: readonly string[];
}

/** The errors of an OperationOutcome; empty when the body is none. */
export function readIssues(body: Buffer): readonly OutcomeIssue[] {
  const outcome = parseJson(body);
  if (!isObject(outcome) || outcome.resourceType !== 'OperationOutcome') return [];
  return objects(outcome, 'issue')
    .filter((issue) => ['fatal', 'error'].includes(String(issue.severity)))
    .map((issue) => ({
      code: text(issue, 'code') ?? 'unknown',
      details: codings(member(issue, 'details')).map(({ code }) => code),
      expressions: texts(issue, 'expression'),
    }));
}
