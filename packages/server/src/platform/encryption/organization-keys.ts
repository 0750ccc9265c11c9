import { createHmac, type KeyObject } from 'node:crypto';
import type { SealedTable } from './sealed-table.ts';
import {
  keyVersionOf,
  openValue,
  SealedValueError,
  sealValue,
  UnknownKeyVersionError,
} from './sealed-value.ts';

/** One organization's keys, unwrapped. Never kept by a caller: asked for anew by each use case. */
export interface OrganizationKeys {
  readonly organizationId: string;
  /** The version new values are sealed with. */
  readonly sealingVersion: number;
  /**
   * Seals a JSON value for one row.
   * @param row the row's values of `table.key`, in that order
   * @throws SealedValueError when the key has sealed so much that it has to be rotated first
   */
  seal(table: SealedTable, row: readonly string[], value: unknown): Buffer;
  /**
   * The value as it was sealed; `Value` is the caller's claim about it.
   * @throws SealedValueError, UnknownKeyVersionError
   */
  open<Value>(table: SealedTable, row: readonly string[], sealed: Uint8Array): Value;
  /**
   * A blind index: the same 16 bytes for the same text, by which rows are found that hold it sealed.
   * @param name what the text is, so that equal texts of different kinds do not look alike
   */
  index(name: string, text: string): Buffer;
}

/** Values sealed with one key version: those the database counted, and those since. */
export interface KeyUses {
  readonly version: number;
  counted: number;
  sinceCounted: number;
}

/**
 * With random nonces a key is good for 2^32 values (SP 800-38D, 8.3). From the first figure on the server rotates by
 * itself; at the second it seals no more. The count misses what a process that was killed had not reported yet.
 */
export const wornUses = 2 ** 30;
const maximumUses = 2 ** 31;

const indexBytes = 16;

export interface UnwrappedKeys {
  readonly organizationId: string;
  readonly dataKeys: ReadonlyMap<number, KeyObject>;
  readonly indexKey: KeyObject;
  /** Of the version new values are sealed with. */
  readonly uses: KeyUses;
  readonly nextNonce: () => Uint8Array;
}

export function organizationKeys(unwrapped: UnwrappedKeys): OrganizationKeys {
  const { organizationId, dataKeys, indexKey, uses, nextNonce } = unwrapped;
  const dataKey = (version: number): KeyObject => {
    const key = dataKeys.get(version);
    if (key !== undefined) return key;
    throw new UnknownKeyVersionError(`The organization has no data key of version ${version}.`);
  };
  return {
    organizationId,
    sealingVersion: uses.version,
    seal(table, row, value) {
      if (uses.counted + uses.sinceCounted >= maximumUses)
        throw new SealedValueError('The data key has sealed too much: run `precert encryption rotate`.');
      uses.sinceCounted += 1;
      const { version } = uses;
      const content = JSON.stringify(value);
      return sealValue(
        dataKey(version),
        version,
        nextNonce(),
        content,
        boundTo(organizationId, table, row, version),
      );
    },
    open<Value>(table: SealedTable, row: readonly string[], sealed: Uint8Array) {
      try {
        const version = keyVersionOf(sealed);
        const content = openValue(dataKey(version), sealed, boundTo(organizationId, table, row, version));
        // What was sealed for this very row; the caller says what it sealed.
        return JSON.parse(content.toString('utf8')) as Value;
      } catch (error) {
        if (!(error instanceof SealedValueError)) throw error;
        throw new SealedValueError(`${table.name} ${row.join(' ')}: ${error.message}`, { cause: error });
      }
    },
    index: (name, text) =>
      createHmac('sha256', indexKey)
        .update(JSON.stringify([name, text]))
        .digest()
        .subarray(0, indexBytes),
  };
}

/** JSON keeps the parts apart: no two places read alike. */
function boundTo(
  organizationId: string,
  table: SealedTable,
  row: readonly string[],
  version: number,
): string {
  return JSON.stringify([organizationId, table.name, 'sealed', version, ...row]);
}
