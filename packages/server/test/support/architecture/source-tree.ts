/** Reads the server's TypeScript sources as text: enough to see who imports whom and what words stand in the code. */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

export interface SourceFile {
  /** Relative to the folder that was read, with `/`. */
  readonly path: string;
  readonly text: string;
  /** The text with comments and the content of strings blanked out; every character keeps its place. */
  readonly code: string;
  readonly references: readonly Reference[];
}

/** One mention of another module: an import, an export from, a dynamic import or a `new URL('./x.ts')`. */
export interface Reference {
  readonly line: number;
  /** A path like `SourceFile.path` for relative ones, else the bare specifier. */
  readonly target: string;
  readonly isRelative: boolean;
  /** Nothing of it is left at run time. */
  readonly isTypeOnly: boolean;
}

const packageRoot = normalize(join(import.meta.dirname, '..', '..', '..'));

/** Every `.ts` file below a folder of the server package. */
export function readSources(folder: string): readonly SourceFile[] {
  const root = join(packageRoot, folder);
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts') && !path.includes('node_modules/'))
    .sort()
    .map((path) => sourceFile(path, readFileSync(join(root, path), 'utf8')));
}

export function sourceFile(path: string, text: string): SourceFile {
  return { path, text, code: blankOut(text), references: referencesIn(path, text) };
}

/** The 1-based number of the line an offset stands in. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

const statement =
  /^(?:import|export)\s+(?<clause>(?:type\s+)?(?:[\w*$\s,]|\{[^}]*\})*?)\s*from\s*'(?<from>[^']+)'/gm;
const sideEffect = /^import\s+'(?<from>[^']+)'/gm;
const dynamic = /\b(?:import|vi\.mock)\(\s*'(?<from>[^']+)'/g;
const moduleUrl = /new URL\(\s*'(?<from>\.{1,2}\/[^']+\.[jt]s)'/g;

function referencesIn(path: string, text: string): readonly Reference[] {
  return [statement, sideEffect, dynamic, moduleUrl]
    .flatMap((pattern) => [...text.matchAll(pattern)])
    .map((match) => reference(path, text, match))
    .sort((first, second) => first.line - second.line);
}

function reference(path: string, text: string, match: RegExpMatchArray): Reference {
  const from = match.groups?.from ?? '';
  const isRelative = from.startsWith('.');
  return {
    line: lineAt(text, (match.index ?? 0) + match[0].length),
    target: isRelative ? normalize(join(dirname(path), from)).replaceAll('\\', '/') : from,
    isRelative,
    isTypeOnly: importsOnlyTypes(match.groups?.clause ?? ''),
  };
}

/** `type X`, `type { X }` and `{ type X, type Y }`; never `{ X, type Y }`. */
function importsOnlyTypes(clause: string): boolean {
  if (clause.startsWith('type ')) return true;
  const names = clause
    .match(/^\{([^}]*)\}$/)?.[1]
    ?.split(',')
    .map((name) => name.trim());
  return names?.filter((name) => name !== '').every((name) => name.startsWith('type ')) ?? false;
}

// Comments, then strings, then regular expressions where one can begin.
const silent =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|(?<=[=(,:;!&|?{[]\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/g;

function blankOut(text: string): string {
  return text.replaceAll(silent, (part) => part.replaceAll(/[^\n]/g, ' '));
}
