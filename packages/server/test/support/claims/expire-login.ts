import { EmrReadError } from '../../../src/emr/connector.ts';
import type { TestServer } from '../api/test-server.ts';
import { type ClaimsClient, syncNow } from './claims-client.ts';

/** The EMR stops taking the account's credentials, and the next sync finds out. */
export async function expireLogin(server: TestServer, client: ClaimsClient): Promise<void> {
  const { practice } = client;
  const before = practice.onRead;
  practice.onRead = async () => {
    throw new EmrReadError('login_required', 'The EMR no longer accepts the credentials.');
  };
  await syncNow(server, client);
  practice.onRead = before;
}
