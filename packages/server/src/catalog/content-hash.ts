import { createHash } from 'node:crypto';
import { canonicalJson } from '../platform/crypto/canonical-json.ts';
import type { TemplateFiles } from './template.ts';

/**
 * Hex SHA-256 over everything that makes a template: definition, questionnaire and value sets as JSON with sorted
 * keys, then the bytes of the form. Equal content has an equal hash whatever the layout of the files.
 */
export function hashTemplate({ definition, questionnaire, valueSets, form }: TemplateFiles): string {
  const hash = createHash('sha256').update(canonicalJson({ definition, questionnaire, valueSets }));
  if (form !== undefined) hash.update('\0').update(form);
  return hash.digest('hex');
}
