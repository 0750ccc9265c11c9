import type { ChainHead } from './audit-chain.ts';
import type { ChainHeads } from './audit-queries.ts';

/** Collects what chains have come to, and tells it from time to time to somebody outside the database. */
export interface HeadExport {
  note(heads: ChainHeads): void;
  /** Tells the chains that grew since they were last told. Rejects when nobody listens; then they are told later. */
  tellGrown(): Promise<void>;
  /** Tells all chains: a process that was killed may have left some untold that do not grow any more. */
  tellAll(): Promise<void>;
}

export function createHeadExport(parts: {
  readonly listAll: () => Promise<ChainHeads>;
  readonly tell: (heads: ChainHeads) => Promise<void>;
}): HeadExport {
  const grown = new Map<string, ChainHead>();

  async function tell(heads: ChainHeads): Promise<void> {
    if (heads.size === 0) return;
    await parts.tell(heads);
    for (const [organizationId, { sequence }] of heads) {
      // What grew in the meantime stays for the next time.
      if ((grown.get(organizationId)?.sequence ?? 0) <= sequence) grown.delete(organizationId);
    }
  }

  return {
    note(heads) {
      for (const [organizationId, head] of heads) grown.set(organizationId, head);
    },
    tellGrown: () => tell(new Map(grown)),
    tellAll: async () => tell(await parts.listAll()),
  };
}
