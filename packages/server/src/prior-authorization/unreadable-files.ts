import type { DocumentProblem } from '../documents/types.ts';
import type { FileProblem, ReadyFile } from '../files/file.ts';
import { recordProblem } from '../files/file-queries.ts';
import type { Queryable } from '../platform/database/database.ts';

/** A file of a packet that the renderer could not place there. */
export interface UnreadableFile {
  /** The attachment's id; of a file given as an answer, the file's. */
  readonly id: string;
  readonly fileId: string;
  readonly problem: FileProblem;
  /** For a person; holds nothing of the file. */
  readonly message: string;
  /** Found by this rendering: the file was taken for readable before. */
  readonly isNews: boolean;
}

export function findUnreadable(
  files: readonly { readonly id: string; readonly file: ReadyFile }[],
  problems: readonly DocumentProblem[],
): readonly UnreadableFile[] {
  return problems.flatMap(({ subject, code, message }) => {
    const packed = files.find(({ id }) => id === subject);
    if (packed === undefined || (code !== 'encrypted' && code !== 'damaged' && code !== 'too_large'))
      return [];
    const { file } = packed;
    return [{ id: subject, fileId: file.id, problem: code, message, isNews: file.problem === undefined }];
  });
}

/**
 * Marks the files, so that every later evaluation of a case that holds one knows. The cases are not settled by this:
 * the caller settles its own, the others learn at their next preview, change or submit.
 * @returns whether there was any news
 */
export async function recordUnreadable(
  database: Queryable,
  organizationId: string,
  unreadable: readonly UnreadableFile[],
): Promise<boolean> {
  const news = unreadable.filter(({ isNews }) => isNews);
  for (const { fileId, problem } of news) await recordProblem(database, organizationId, fileId, problem);
  return news.length > 0;
}
