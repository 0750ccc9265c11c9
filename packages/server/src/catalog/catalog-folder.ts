import { lstat, readdir, readFile, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { CatalogProblem } from './catalog-problem.ts';
import { parseJson } from './parse-json.ts';

/** No template comes near it; beyond it somebody pointed at the wrong folder. */
const maxFileBytes = 32 * 1024 * 1024;

export interface FolderEntry {
  readonly name: string;
  readonly path: string;
  readonly kind: 'file' | 'folder';
}

/**
 * Reads inside one catalog directory and nowhere else. Links are followed, since mounted configuration is made of
 * them, but only while they stay inside the directory. Problems are collected on `problems`.
 */
export class CatalogFolder {
  readonly directory: string;
  readonly problems: CatalogProblem[] = [];
  readonly #root: string;

  private constructor(directory: string, root: string) {
    this.directory = directory;
    this.#root = root;
  }

  /** Undefined when there is no such directory. */
  static async open(directory: string): Promise<CatalogFolder | undefined> {
    try {
      const root = await realpath(directory);
      return (await lstat(root)).isDirectory() ? new CatalogFolder(directory, root) : undefined;
    } catch {
      return undefined;
    }
  }

  report(file: string, path: string, message: string, mend: string): void {
    this.problems.push({ file, path, message, mend });
  }

  /** Entries in name order, without dot files and the two pages people may leave beside the data. */
  async list(path: string): Promise<readonly FolderEntry[]> {
    const entries: FolderEntry[] = [];
    for (const name of (await readdir(path)).sort()) {
      if (name.startsWith('.') || name === 'README.md' || name === 'PROVENANCE.md') continue;
      const entry = await this.#describe(join(path, name), name);
      if (entry !== undefined) entries.push(entry);
    }
    return entries;
  }

  async #describe(path: string, name: string): Promise<FolderEntry | undefined> {
    const target = await realpath(path).catch(() => undefined);
    if (target === undefined || !target.startsWith(this.#root + sep)) {
      this.report(path, '', 'This link leads out of the catalog or nowhere.', 'Put the file itself here.');
      return undefined;
    }
    const stats = await lstat(target);
    if (stats.isDirectory()) return { name, path, kind: 'folder' };
    if (stats.isFile() && stats.size <= maxFileBytes) return { name, path, kind: 'file' };
    this.report(path, '', 'This is no ordinary file of at most 32 MiB.', 'Remove it.');
    return undefined;
  }

  /** The parsed file, or undefined after reporting that it is not JSON. */
  async readJson(path: string): Promise<unknown> {
    const outcome = parseJson(await readFile(path, 'utf8'), path);
    if (outcome.kind === 'value') return outcome.value;
    this.problems.push(...outcome.problems);
    return undefined;
  }

  /** A copy in memory of its own, fit to be handed to a worker. */
  async readBytes(path: string): Promise<Uint8Array> {
    return new Uint8Array(await readFile(path));
  }
}
