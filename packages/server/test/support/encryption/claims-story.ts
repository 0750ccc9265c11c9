/** An EMR's words about a patient, said wherever the claims API takes or tells any. */

import { EmrReadError } from '../../../src/emr/connector.ts';
import type { OutboundAnswer } from '../../../src/platform/outbound/pinned-request.ts';
import type { TestServer } from '../api/test-server.ts';
import { type ClaimsClient, createClaimsClient, syncNow, workOff } from '../claims/claims-client.ts';
import { requestClaim, taken } from '../claims/claims-expectations.ts';
import { newVisit, type ScriptedEmr } from '../claims/scripted-emr.ts';
import { absentReceivers } from '../webhooks/absent-receivers.ts';
import { createEndpoint } from '../webhooks/webhook-tenant.ts';

const words = {
  mrn: 'MRN-Wq9-001',
  firstName: 'Xanthippa',
  lastName: 'Wörzelby',
  formerName: 'Wrazzlebury',
  dateOfBirth: '1929-08-17',
  gender: 'genderwq',
  phone: '+1 (213) 555-8817',
  appointmentType: 'Visitwq of another kind',
  location: 'Wardwq 12',
  reason: 'Reasonwq, member MBR-Wq9-002',
  note: 'Notewq: write to xanthippa@wq.example',
  providerName: 'Dr. Wqprovider',
  refusal: 'Refusalwq: Xanthippa has no coverage',
  loginMessage: 'Loginwq is over',
  answer: 'Receiverwq cannot take it',
};

/** Everything to look for. */
export const claimsCanaries: readonly string[] = [
  ...Object.values(words),
  'MBR-Wq9-002',
  'xanthippa@wq.example',
  // As they are looked up.
  words.phone.replaceAll(/[^0-9]/g, ''),
];

/** Those nobody has to tell: what is no more, and what is only looked up. */
const untold: readonly string[] = [words.formerName, words.phone.replaceAll(/[^0-9]/g, '')];

export const toldCanaries = claimsCanaries.filter((word) => !untold.includes(word));

/** A receiver that takes nothing and says so in the words it was sent. */
export const quotingReceivers: typeof absentReceivers = {
  ...absentReceivers,
  send: async (_url, { body }): Promise<OutboundAnswer> => ({
    status: 500,
    headers: {},
    body: Buffer.from(`${words.answer}: ${body}`),
    isComplete: true,
  }),
};

const { mrn, firstName, lastName, dateOfBirth, gender, phone } = words;

function canaryVisit() {
  const { appointmentType, location, reason, note, providerName } = words;
  const { appointment, patient } = newVisit({ appointmentType, location, reason, note });
  const provider = { emrProviderId: '77', name: providerName, npi: '1234567893' };
  return {
    appointment: { ...appointment, provider },
    patient: { ...patient, mrn, firstName, lastName, dateOfBirth, gender, phone },
  };
}

export interface ClaimsStory {
  readonly client: ClaimsClient;
  readonly endpointId: string;
}

/**
 * One patient, whose name changes, with three visits: a claim is made of the first, refused of the second, and waits of
 * the third. An endpoint is told of all that and answers in the same words; another account's login is over.
 */
export async function tellClaimsStory(server: TestServer, emr: ScriptedEmr): Promise<ClaimsStory> {
  const client = await createClaimsClient(server, emr);
  const { practice, operator } = client;
  const { id: endpointId } = await createEndpoint(operator, { url: 'https://receiver.example/told' });
  const first = canaryVisit();
  practice.patients.push({ ...first.patient, lastName: words.formerName });
  const visits = [first, canaryVisit(), canaryVisit()].map(({ appointment }) => ({
    ...appointment,
    emrPatientId: first.patient.emrPatientId,
  }));
  practice.appointments.push(...visits);
  await syncNow(server, client);
  practice.patients.push(first.patient);
  await syncNow(server, client);
  const day = 'start_date=2026-03-12&end_date=2026-03-12';
  const { appointments } = taken(await client.call('GET', `/v1/appointments?${day}`));
  const [made, refused, waiting] = appointments.map(({ id }: { id: string }) => id);
  await requestClaim(client, made);
  await workOff(server);
  practice.onCreate = async () => ({
    kind: 'rejected',
    reasons: [{ code: 'missing_insurance', description: words.refusal }],
  });
  await requestClaim(client, refused);
  await workOff(server);
  await loseLogin(server, emr, client);
  await requestClaim(client, waiting);
  for (const search of [{ patient_name: lastName }, { patient_mrn: mrn }, { patient_phone: phone }])
    taken(await client.call('GET', `/v1/appointments?${day}&${new URLSearchParams(search)}`));
  return { client, endpointId };
}

async function loseLogin(server: TestServer, emr: ScriptedEmr, { operator }: ClaimsClient): Promise<void> {
  const other = await createClaimsClient(server, emr, { organization: operator });
  other.practice.onRead = async () => {
    throw new EmrReadError('login_required', words.loginMessage);
  };
  await syncNow(server, other);
}

/** All the API tells of it. */
export async function readClaimsStory({ client, endpointId }: ClaimsStory): Promise<unknown> {
  const read = async (path: string) => taken(await client.call('GET', path));
  const deliveries = await client.operator.call(
    'GET',
    `/v1/webhook-endpoints/${endpointId}/deliveries?limit=100`,
  );
  const { webhook_events: events } = await read('/v1/webhook-events');
  return {
    appointments: (await read('/v1/appointments?start_date=2026-03-12&end_date=2026-03-12&include_note=true'))
      .appointments,
    settings: (await read('/v1/settings')).data,
    claims: (await read('/v1/claims')).claims,
    events: events.map(({ id, data }: { id: string; data: unknown }) => ({ id, data })),
    answers: deliveries.body.data.map(({ attempts }: { attempts: readonly object[] }) => attempts[0]),
  };
}
