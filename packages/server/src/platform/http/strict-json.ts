import { isUtf8 } from 'node:buffer';
import type { ErrorIssue } from '../errors.ts';
import { type JsonLimits, scanJson } from './json-scan.ts';
import { joinPath } from './schema-issues.ts';

/** Room for the 10,000 answers a case may have (contract README, prior auth 7), at three or four fields each. */
export const defaultJsonLimits: JsonLimits = { depth: 32, keys: 40_000, values: 80_000 };

export type StrictJson =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly issue: ErrorIssue };

/** Names through which a careless copy of an object could reach its prototype. */
const refusedKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * JSON.parse for bodies from outside (RFC 8259 read strictly). Refuses, each with one issue: bytes that are not UTF-8
 * or begin with a byte order mark, text that is not JSON, nesting and counts over the limits, a name twice in one
 * object, prototype names, U+0000 and lone surrogates (PostgreSQL stores neither), numbers a double cannot hold.
 * What it accepts equals JSON.parse's value.
 */
export function parseStrictJson(bytes: Buffer, limits: JsonLimits = defaultJsonLimits): StrictJson {
  if (!isUtf8(bytes)) return refuse('body', 'invalid_format', 'Expected JSON in UTF-8.');
  // Buffer keeps a byte order mark as U+FEFF, which JSON.parse refuses.
  const text = bytes.toString('utf8');
  const scan = scanJson(bytes, limits);
  if (!scan.ok) return refuse('body', scan.code, scan.message);
  const parsed = parse(text);
  if (!parsed.ok) return parsed;
  const walk: Walk = { keys: 0, checkText: text.includes('\\u'), path: [] };
  const fault = findFault(parsed.value, walk);
  if (fault !== undefined) return refuse(joinPath(walk.path.reverse()) || 'body', 'invalid_format', fault);
  // JSON.parse keeps the last of two members of one name, so fewer names are left than colons were counted.
  if (walk.keys !== scan.keys) return refuse('body', 'invalid_format', 'An object has the same field twice.');
  return parsed;
}

function parse(text: string): StrictJson {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    // The engine's message quotes the body; only the position is taken from it.
    const position = error instanceof Error ? /at position (\d+)/.exec(error.message)?.[1] : undefined;
    const where = position === undefined ? '' : ` It goes wrong at character ${Number(position) + 1}.`;
    return refuse('body', 'invalid_format', `The body is not valid JSON.${where}`);
  }
}

function refuse(field: string, code: string, message: string): StrictJson {
  return { ok: false, issue: { field, code, message } };
}

interface Walk {
  keys: number;
  /** Only an escape can bring in U+0000 or a lone surrogate: UTF-8 was checked and raw controls are refused. */
  readonly checkText: boolean;
  /** Filled from the inside out once a fault is found. */
  readonly path: (string | number)[];
}

/** The message of the first fault, if any. Recursion is bounded by the depth limit. */
function findFault(value: unknown, walk: Walk): string | undefined {
  if (typeof value === 'string') return walk.checkText ? textFault(value) : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  return Array.isArray(value) ? findFaultInList(value, walk) : findFaultInObject(value, walk);
}

function findFaultInList(list: readonly unknown[], walk: Walk): string | undefined {
  for (let index = 0; index < list.length; index += 1) {
    const fault = findFault(list[index], walk);
    if (fault !== undefined) {
      walk.path.push(index);
      return fault;
    }
  }
  return undefined;
}

function findFaultInObject(object: object, walk: Walk): string | undefined {
  // What JSON.parse made holds nothing but its own string keys.
  const members = object as Record<string, unknown>;
  // Three times as fast as Object.keys here; nothing enumerable can be inherited from Object.prototype.
  for (const key in members) {
    walk.keys += 1;
    const fault = keyFault(key, walk) ?? findFault(members[key], walk);
    if (fault !== undefined) {
      walk.path.push(key.toWellFormed().replaceAll('\0', ''));
      return fault;
    }
  }
  return undefined;
}

function keyFault(key: string, walk: Walk): string | undefined {
  if (refusedKeys.has(key)) return 'A field of this name is not allowed.';
  return walk.checkText ? textFault(key) : undefined;
}

function textFault(text: string): string | undefined {
  if (text.includes('\0')) return 'U+0000 is not allowed in text.';
  return text.isWellFormed() ? undefined : 'A lone surrogate is not allowed in text.';
}
