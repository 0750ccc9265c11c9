import { canonicalJson } from './crypto/canonical-json.ts';
import type { KeyedHash } from './crypto/keyed-hash.ts';
import { PrecertError } from './errors.ts';

/** What a cursor is good for: one organization's view of one list under one set of filters. */
export interface CursorScope {
  readonly list: string;
  readonly organizationId: string;
  readonly filter: unknown;
}

export interface CursorCodec {
  encode(scope: CursorScope, position: Readonly<Record<string, string | number>>): string;
  /** @throws PrecertError `invalid_cursor` for anything this server did not issue for this scope */
  decode(scope: CursorScope, cursor: string): Readonly<Record<string, unknown>>;
}

const maximumLength = 1024;

/**
 * Keyset cursors: the position as base64url JSON and a keyed hash of position and scope. Opaque to clients,
 * worthless for another organization, list or filter, and dead at the flip of a bit.
 */
export function createCursorCodec(hash: KeyedHash): CursorCodec {
  const signed = (scope: CursorScope, position: string) =>
    canonicalJson([scope.list, scope.organizationId, scope.filter, position]);
  return {
    encode(scope, position) {
      const text = Buffer.from(JSON.stringify(position)).toString('base64url');
      return `${text}.${hash.base64url(signed(scope, text))}`;
    },
    decode(scope, cursor) {
      const [text = '', signature = ''] = cursor.length > maximumLength ? [] : cursor.split('.');
      if (cursor !== `${text}.${signature}` || !hash.matches(signed(scope, text), signature))
        throw invalidCursor();
      return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    },
  };
}

export interface Page<Item> {
  readonly data: readonly Item[];
  readonly pagination: { readonly hasMore: boolean; readonly nextCursor: string | null };
}

/** Makes a page of `limit` items from up to one more; the surplus item only tells that there are more. */
export function pageFrom<Row, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
  toCursor: (last: Row) => string,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = rows.length > limit;
  const nextCursor = hasMore && last !== undefined ? toCursor(last) : null;
  return { data: shown.map(toItem), pagination: { hasMore, nextCursor } };
}

function invalidCursor(): PrecertError {
  return new PrecertError(
    'invalid_cursor',
    'The cursor is not one of this list with these filters; start again without it.',
  );
}
