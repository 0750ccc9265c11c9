import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compositionFiles, isTestSupport, mayImport, rooms } from './support/architecture/rooms.ts';
import { lineAt, readSources, type SourceFile, sourceFile } from './support/architecture/source-tree.ts';

const sources = readSources('src');
const production = sources.filter(({ path }) => !isTestFile(path) && !isTestSupport(path));
const elsewhere = ['test', 'bench', 'scripts'].flatMap((folder) =>
  readSources(folder).map((file) => ({ ...file, path: `../${folder}/${file.path}` })),
);

function isTestFile(path: string): boolean {
  return path.endsWith('.test.ts');
}

/** One line for each import that a room may not have, as `file:line`, what it imports and why not. */
function breaches(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) =>
    file.references.flatMap((reference) => {
      const refusal = mayImport(file.path, reference);
      return refusal === undefined
        ? []
        : [`src/${file.path}:${reference.line} imports ${reference.target}: ${refusal}`];
    }),
  );
}

/** `file:line` of each place in the code (not in comments or strings) where the pattern matches. */
function places(files: readonly SourceFile[], pattern: RegExp): string[] {
  return files.flatMap((file) =>
    [...file.code.matchAll(pattern)].map(
      (match) => `src/${file.path}:${lineAt(file.code, match.index)} ${match[0].trim()}`,
    ),
  );
}

/** The rooms each room points at in the page's first flow chart, by their names. */
function drawnArrows(page: string): ReadonlyMap<string, readonly string[]> {
  const [, chart = ''] = /```mermaid\nflowchart TD\n(.+?)```/s.exec(page) ?? [];
  const names = new Map(
    [...chart.matchAll(/(\w+)\["([^"]+)"\]/g)].map(([, id = '', name = '']) => [id, name]),
  );
  const arrows = new Map<string, readonly string[]>();
  for (const line of chart.replaceAll(/\["[^"]+"\]/g, '').split('\n')) {
    const [from, to] = line.split('-->').map((side) => side.split('&').map((id) => id.trim()));
    for (const id of to === undefined ? [] : (from ?? [])) {
      const room = names.get(id) ?? id;
      const targets = (to ?? []).map((target) => names.get(target) ?? target);
      arrows.set(room, [...(arrows.get(room) ?? []), ...targets]);
    }
  }
  return arrows;
}

function reaches(arrows: ReadonlyMap<string, readonly string[]>, from: string, to: string): boolean {
  return (arrows.get(from) ?? []).some((next) => next === to || reaches(arrows, next, to));
}

describe('who may import whom', () => {
  test('holds for every import of the production code', () => {
    expect(breaches(production)).toEqual([]);
  });

  test('holds for the tests beside the sources as far as rooms go', () => {
    const beside = sources.filter(({ path }) => isTestFile(path) || isTestSupport(path));
    const relative = beside.map((file) => ({
      ...file,
      references: file.references.filter(
        ({ isRelative, target }) => isRelative && !target.startsWith('../test/') && !isTestSupport(target),
      ),
    }));
    expect(breaches(relative)).toEqual([]);
  });

  test('is what ARCHITECTURE.md draws, arrows of arrows included', async () => {
    const drawn = drawnArrows(await readFile(join(import.meta.dirname, '../../../ARCHITECTURE.md'), 'utf8'));
    const allowed = Object.entries(rooms).map(([room, allowances]) => [
      room,
      allowances.map((allowance) => allowance.room),
    ]);
    const table: Readonly<Record<string, readonly string[]>> = Object.fromEntries(allowed);
    const undrawn = Object.keys(rooms).flatMap((room) =>
      // Below everything, and drawn once.
      (table[room] ?? [])
        .filter((target) => target !== 'config' && room !== 'config' && !reaches(drawn, room, target))
        .map((target) => `${room} --> ${target} is allowed`),
    );
    const forbidden = [...drawn].flatMap(([room, targets]) =>
      room in rooms
        ? targets
            .filter((target) => !(table[room] ?? []).includes(target))
            .map((target) => `${room} --> ${target} is drawn`)
        : [],
    );
    expect([undrawn, forbidden]).toEqual([[], []]);
  });

  test('names the offending line', () => {
    const text =
      "import { x } from '../platform/ids.ts';\n\nimport type { y } from '../documents/types.ts';\n";
    expect(breaches([sourceFile('identity/z.ts', text)])).toEqual([
      'src/identity/z.ts:3 imports documents/types.ts: identity may not import documents',
    ]);
  });

  test.each([
    [
      'questionnaire/a.ts',
      "import { readFile } from 'node:fs/promises';",
      'questionnaire imports no package',
    ],
    [
      'questionnaire/a.ts',
      "export { x } from '../requirements/evaluate.ts';",
      'questionnaire may not import',
    ],
    ['platform/a.ts', "import { x } from '../config/config.ts';", 'only types of config'],
    ['files/a.ts', "import { x } from '../identity/token.ts';", 'only files/routes/ may import identity'],
    ['prior-authorization/a.ts', "import('../documents/document-renderer.ts');", 'only documents/types.ts'],
    ['prior-authorization/a.ts', "import '../submission/fax/x.ts';", 'only submission/channel.ts'],
    ['submission/fax/a.ts', "import '../simulator/x.ts';", 'fax does not know its sibling simulator'],
    ['catalog/a.ts', "import { x } from '../app.ts';", 'only composition files import app.ts'],
    ['catalog/a.ts', "import { x } from './catalog-for-tests.ts';", 'test support'],
    ['catalog/a.ts', "const url = new URL('../../test/x.ts', import.meta.url);", 'outside src'],
    ['pricing/a.ts', "import { x } from '../platform/ids.ts';", 'pricing is no room of the table'],
  ])('%s may not have %s', (path, text, refusal) => {
    expect(breaches([sourceFile(path, text)])).toEqual([expect.stringContaining(refusal)]);
  });

  test('lists exactly the rooms that exist', () => {
    const folders = new Set(
      sources.filter(({ path }) => path.includes('/')).map(({ path }) => path.split('/')[0]),
    );
    expect([...folders].sort()).toEqual(Object.keys(rooms).sort());
    const files = sources.map(({ path }) => path).filter((path) => !path.includes('/'));
    expect(files.filter((path) => !isTestFile(path)).sort()).toEqual([...compositionFiles].sort());
  });
});

describe('circles', () => {
  test('do not exist between rooms or composition files', () => {
    const edges = production.flatMap((file) =>
      file.references
        .filter(
          ({ isRelative, isTypeOnly, target }) => isRelative && !(isTypeOnly && roomOf(target) in rooms),
        )
        .map(({ target }) => [roomOf(file.path), roomOf(target)] as const),
    );
    expect(findCircle(edges.filter(([from, to]) => from !== to))).toBeUndefined();
  });

  test('do not exist between files at run time', () => {
    const edges = production.flatMap((file) =>
      file.references
        .filter(({ isRelative, isTypeOnly }) => isRelative && !isTypeOnly)
        .map(({ target }) => [file.path, target] as const),
    );
    expect(findCircle(edges)).toBeUndefined();
  });

  test('are found when there is one', () => {
    expect(
      findCircle([
        ['a', 'b'],
        ['b', 'c'],
        ['d', 'a'],
        ['c', 'b'],
      ]),
    ).toEqual(['b', 'c', 'b']);
  });
});

/** A room's name, or the file's own for a file that stands in no room. */
function roomOf(path: string): string {
  return path.split('/')[0] ?? path;
}

/** The first circle met, its first member repeated at the end. */
function findCircle(edges: readonly (readonly [string, string])[]): readonly string[] | undefined {
  const targets = Map.groupBy(edges, ([from]) => from);
  const done = new Set<string>();
  const visit = (node: string, trail: readonly string[]): readonly string[] | undefined => {
    if (trail.includes(node)) return [...trail.slice(trail.indexOf(node)), node];
    if (done.has(node)) return undefined;
    for (const [, to] of targets.get(node) ?? []) {
      const circle = visit(to, [...trail, node]);
      if (circle !== undefined) return circle;
    }
    done.add(node);
    return undefined;
  };
  for (const node of targets.keys()) {
    const circle = visit(node, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

describe('the code', () => {
  test('stays within 400 lines a file, tests within 600', () => {
    const tooLong = [...sources, ...elsewhere]
      .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
      .filter(({ path, lines }) => lines > (isTestFile(path) ? 600 : 400));
    expect(tooLong).toEqual([]);
  });

  test('reads the environment in the entry files alone', () => {
    const others = production.filter(
      ({ path }) => !['serve.ts', 'cli.ts', 'claims-commands.ts', 'work.ts'].includes(path),
    );
    expect(places(others, /process\.env|\bargv\b/g)).toEqual([]);
    expect(places(production, /process\.env(?=[.[])/g)).toEqual([]);
  });

  test('has no any and no non-null assertion', () => {
    expect(
      places(sources, /\bas any\b|[:<|]\s*any\s*(?=[,;)>\]=|{[]|$)|[\w)\]]!(?=[.;,)\]}[]|\s+[^=\s])/gm),
    ).toEqual([]);
  });

  test('compares no secret character by character', () => {
    const secret = String.raw`\w*(?:[hH]ash|[sS]ignature|[dD]igest|[sS]ecret|[tT]oken)\b`;
    const compared = new RegExp(
      String.raw`\b${secret} [!=]==(?! (?:undefined|true|false)\b)|[!=]== (?:\w+\.)*${secret}`,
      'g',
    );
    // Fragments of URLs, environments, and hashes of content or of the trail, all of which anybody may know.
    const harmless = [
      'audit/verify-chain.ts',
      'catalog/template-store.ts',
      'config/config.ts',
      'emr/fhir-rest/emr-url.ts',
      // A token in memory, which is looked for by its account and compared with itself.
      'emr/fhir/token-cache.ts',
      'identity/claims-token.ts',
      'prior-authorization/preview-queries.ts',
    ];
    const files = places(production, compared).map((place) => place.replace(/^src\/(.+):\d+ .*$/, '$1'));
    expect([...new Set(files)].toSorted()).toEqual(harmless);
  });

  test('explains each cast', () => {
    const unexplained = production.flatMap((file) => {
      const lines = file.text.split('\n');
      return places([withoutImports(file)], /\bas (?!const\b)[\w({[]+/g).filter((place) => {
        const line = Number(place.match(/:(\d+) /)?.[1]);
        return !hasComment(lines, line);
      });
    });
    expect(unexplained).toEqual([]);
  });

  test('has no default export, no enum and no namespace', () => {
    expect(
      places(sources, /^export default|^(?:export )?(?:const )?enum\b|^(?:export )?namespace\b/gm),
    ).toEqual([]);
  });

  test('silences no compiler or linter without saying why', () => {
    const silenced = [...sources, ...elsewhere].flatMap(({ path, text }) =>
      [...text.matchAll(/@ts-(?:ignore|nocheck|expect-error)\s*$|biome-ignore [\w/]+\s*(?::\s*)?$/gm)].map(
        (match) => `${path}:${lineAt(text, match.index)} ${match[0]}`,
      ),
    );
    expect(silenced).toEqual([]);
  });
});

/** Whether a comment stands on the line or at most seven lines above it, in the same paragraph and declaration. */
function hasComment(lines: readonly string[], line: number): boolean {
  for (let index = line - 1; index >= Math.max(0, line - 8); index -= 1) {
    const text = lines[index] ?? '';
    if (/(?:^|\s)\/\/ |^\s*(?:\/\*\*|\*)/.test(text)) return true;
    if (index < line - 1 && /^\s*$|^[})\]]/.test(text)) return false;
  }
  return false;
}

function withoutImports(file: SourceFile): SourceFile {
  const blank = (part: string) => part.replaceAll(/[^\n]/g, ' ');
  return {
    ...file,
    code: file.code.replaceAll(/^(?:import|export)\s+(?:type\s+)?(?:\{[^}]*\}|[\w*\s]+) from/gm, blank),
  };
}
