/** What only the database knows of a claim, and moving what the database's own clock decides. */

import type { TestServer } from '../api/test-server.ts';

export interface ClaimRow {
  readonly state: string;
  readonly due_at: Date | null;
  readonly lease_number: number;
  readonly leased_until: Date | null;
  readonly intent_at: Date | null;
  readonly create_calls: number;
}

export async function claimRow(server: TestServer, claimId: string): Promise<ClaimRow> {
  const [row] = await server.database.query<ClaimRow>('select * from claim where id = $1', [claimId]);
  if (row === undefined) throw new Error('There is no such claim.');
  return row;
}

/** As if the EMR had first been asked so long ago: intents are kept by the database's clock. */
export async function ageIntent(server: TestServer, claimId: string, milliseconds: number): Promise<void> {
  await server.database.execute(
    'update claim set intent_at = now() - make_interval(secs => $2) where id = $1',
    [claimId, milliseconds / 1_000],
  );
}

/** As if the worker that holds it had given no sign of life for as long as a lease lasts. */
export async function expireLease(server: TestServer, claimId: string): Promise<void> {
  await server.database.execute('update claim set leased_until = now() where id = $1', [claimId]);
}
