import { createHash } from 'node:crypto';
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

/** JSON without white space, keys in code unit order; keys whose value is undefined are left out. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((element) => canonicalJson(element ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${entries.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`;
}
