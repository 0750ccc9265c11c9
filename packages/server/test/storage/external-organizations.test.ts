import { describe, expect, test } from 'vitest';
import { createExternalOrganizations } from '../../src/identity/external/external-organizations.ts';
import { createTestClock } from '../support/api/test-clock.ts';
import { useTestDatabase } from '../support/databases/use-test-database.ts';

const database = useTestDatabase({ poolSize: 10 });
const clock = createTestClock();

/** As another process would know them: nothing remembered. */
function organizations(provider = 'workos') {
  return createExternalOrganizations({ database: database(), clock }, provider);
}

describe('an organization of an identity provider', () => {
  test('becomes one of ours, however many processes see it first', async () => {
    for (let round = 0; round < 30; round += 1) {
      const externalId = `org_raced_${round}`;
      const ids = await Promise.all(
        Array.from({ length: 10 }, () => organizations().organizationIdOf(externalId)),
      );
      expect(new Set(ids).size).toBe(1);
      const rows = await database().query('select id from organization where name = $1', [externalId]);
      expect(rows).toEqual([{ id: ids[0] }]);
    }
  });

  test('has an id like any other of ours, the same one each time', async () => {
    const id = await organizations().organizationIdOf('org_same');
    expect(id).toMatch(/^org_[0-9a-hjkmnp-tv-z]{26}$/);
    expect(await organizations().organizationIdOf('org_same')).toBe(id);
  });

  test('is another one when another provider vouches for it', async () => {
    const ids = await Promise.all(
      ['workos', 'oidc:https://a.example', 'oidc:https://b.example'].map((provider) =>
        organizations(provider).organizationIdOf('acme'),
      ),
    );
    expect(new Set(ids).size).toBe(3);
  });

  test('stays the one an operator tied it to', async () => {
    await database().execute(
      "insert into organization (id, name, created_at) values ('org_of_ours', 'Ours', now())",
    );
    await database().execute(
      `insert into external_organization (provider, external_id, organization_id, created_at)
       values ('workos', 'org_theirs', 'org_of_ours', now())`,
    );
    expect(await organizations().organizationIdOf('org_theirs')).toBe('org_of_ours');
  });
});
