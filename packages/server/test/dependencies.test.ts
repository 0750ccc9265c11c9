import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repository } from '../scripts/generated-files.ts';
import { isTestSupport } from './support/architecture/rooms.ts';
import { readSources } from './support/architecture/source-tree.ts';

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const server: Manifest = JSON.parse(read('packages/server/package.json'));
const workspace: Manifest = JSON.parse(read('package.json'));
const runtime = Object.keys(server.dependencies ?? {});
const sources = readSources('src');

function read(path: string): string {
  return readFileSync(join(repository, path), 'utf8');
}

/** `@scope/name/deep/file.js` is of the package `@scope/name`. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

test('the production code imports declared dependencies and nothing else', () => {
  const production = sources.filter(({ path }) => !path.endsWith('.test.ts') && !isTestSupport(path));
  const undeclared = production.flatMap(({ path, references }) =>
    references
      .filter(({ target, isRelative }) => !isRelative && !target.startsWith('node:'))
      .filter(({ target }) => !runtime.includes(packageOf(target)))
      .map(({ line, target }) => `src/${path}:${line} imports ${target}`),
  );
  expect(undeclared).toEqual([]);
});

test('every declared dependency is used', () => {
  const text = sources.map((file) => file.text).join('\n');
  const unused = runtime.filter((name) => !text.includes(`'${name}`) && !isFontFamily(name, text));
  expect(unused).toEqual([]);
});

/** Font families are looked up by the last part of their package's name. */
function isFontFamily(name: string, text: string): boolean {
  return name.startsWith('@fontsource-variable/') && text.includes(`'${name.split('/')[1]}'`);
}

test('every dependency has its reason in the decision record, at an exact version in package.json', () => {
  const record = read('docs/decisions/0001-dependencies.md');
  const all = {
    ...server.dependencies,
    ...workspace.devDependencies,
    ...workspace.optionalDependencies,
  };
  expect(Object.keys(all).filter((name) => !record.includes(`\`${name}\``))).toEqual([]);
  expect(Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  const named = [...record.matchAll(/^\| `([^`]+)`/gm)].map(([, name = '']) => name);
  expect(named.filter((name) => !(name in all))).toEqual([]);
});
