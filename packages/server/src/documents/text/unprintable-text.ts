import type { DocumentProblem } from '../types.ts';
import { cleanText } from './clean-text.ts';
import type { FontLibrary } from './font-library.ts';
import { analyzeParagraph } from './text-runs.ts';

/**
 * The problem of a document whose texts hold letters or signs that no font has, so that boxes are printed for them.
 * Said once, of the case, however many texts it concerns; the message holds nothing of them.
 */
export async function findUnprintableText(
  caseId: string,
  texts: readonly string[],
  fonts: FontLibrary,
): Promise<readonly DocumentProblem[]> {
  await fonts.prepare(texts);
  if (texts.every((text) => isPrintable(text, fonts))) return [];
  const message =
    'The documents hold letters or signs that cannot be printed; empty boxes stand in their place. Give the text in a script that can be printed too.';
  return [{ subject: caseId, code: 'unprintable_text', message }];
}

function isPrintable(text: string, fonts: FontLibrary): boolean {
  return cleanText(text)
    .split('\n')
    .every((paragraph) =>
      ([400, 700] as const).every((weight) => analyzeParagraph(paragraph, weight, fonts).text === paragraph),
    );
}
