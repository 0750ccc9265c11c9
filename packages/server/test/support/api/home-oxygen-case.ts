/** A case of the shipped home oxygen template, which requires two documents: a test report and a note. */

import { readFile } from 'node:fs/promises';

const examplePath = '../../../../../catalog/templates/medicare/home-oxygen/cases/group-one.json';

/** A create body with all answers; what it still needs are `homeOxygenDocuments`. */
export async function homeOxygenCase() {
  const example = JSON.parse(await readFile(new URL(examplePath, import.meta.url), 'utf8'));
  return { ...example.case, questionnaireResponse: example.answers };
}

export const homeOxygenDocuments = [
  { label: 'Blood gas report', documentTypes: ['lab_result'] },
  { label: 'Visit of 10 March', documentTypes: ['clinical_note'] },
] as const;
