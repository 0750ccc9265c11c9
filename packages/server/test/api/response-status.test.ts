import { expect, test } from 'vitest';
import { createCaseInState } from '../support/api/sample-case.ts';
import { useTestServer } from '../support/api/test-server.ts';

const server = useTestServer();

test.each([
  ['needs_input', 'in-progress'],
  ['ready_to_submit', 'in-progress'],
  ['pending_payer', 'completed'],
  // The payer asked, so the answers are open again, though they were submitted once.
  ['action_required', 'in-progress'],
  ['completed', 'completed'],
  ['cancelled', 'in-progress'],
])('a questionnaire response of a case in %s is %s', { timeout: 60_000 }, async (state, status) => {
  const client = await server().newOrganization();
  const authorization = await createCaseInState(client, state);
  expect(authorization).toMatchObject({ workflowState: state, questionnaireResponse: { status } });
});
