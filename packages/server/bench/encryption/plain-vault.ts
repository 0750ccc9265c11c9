import type { OrganizationKeys } from '../../src/platform/encryption/organization-keys.ts';
import type { Vault } from '../../src/platform/encryption/vault.ts';

/**
 * A vault whose values are laid out as sealed ones are, in the same place and of the same size, but lie there in the
 * clear: what is left is everything but the encryption.
 */
export function plainVault(vault: Vault): Vault {
  return {
    ...vault,
    keysOf: async (organizationId) => plain(await vault.keysOf(organizationId)),
    withKeys: (organizationId, work) => vault.withKeys(organizationId, (keys) => work(plain(keys))),
  };
}

/** Layout, key version and nonce before the content, and the tag behind it. */
const headLength = 17;
const tagLength = 16;

function plain(keys: OrganizationKeys): OrganizationKeys {
  const head = Buffer.alloc(headLength);
  head.writeUInt8(1, 0);
  head.writeUInt32BE(keys.sealingVersion, 1);
  return {
    ...keys,
    seal: (_table, _row, value) => {
      const content = Buffer.from(JSON.stringify(value), 'utf8');
      return Buffer.concat([head, content, Buffer.alloc(tagLength)]);
    },
    open: (_table, _row, sealed) =>
      JSON.parse(Buffer.from(sealed).subarray(headLength, -tagLength).toString('utf8')),
  };
}
