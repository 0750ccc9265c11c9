/** An EMR that answers as it should, about one visit: the ground of tests that spoil its answers. */

import { seedResources } from '../../../src/emr/simulator/seed/seed-resources.ts';
import { jsonAnswer, type Script, searchset } from './scripted-emr.ts';

/** Whose claim it takes. */
export const firstVisit = {
  marker: '0195900a0a0a7c0ffee0000000000001',
  emrAppointmentId: '500100',
  emrPatientId: '40210',
} as const;

const resources = seedResources();
/** By type: the first records, and of the parts of a visit those of the first one. */
const told = new Map(
  ['Appointment', 'Patient', 'Encounter', 'ChargeItem', 'Condition', 'Coverage'].map((type) => {
    const all = resources.filter(({ resourceType }) => resourceType === type);
    const ofVisit = all.filter((resource) => JSON.stringify(resource).includes('600100'));
    return [type, ofVisit.length > 0 ? ofVisit : all.slice(0, 3)];
  }),
);

/** What a well-behaved EMR says about the first seeded appointment. */
export const wellBehaved: Script = ({ method, url, body }) => {
  if (method === 'POST') {
    const location = 'https://emr.example/fhir/r4/Claim/100234';
    return jsonAnswer(201, { ...JSON.parse(body ?? ''), id: '100234' }, { location });
  }
  const type = url.pathname.split('/').at(-1) ?? '';
  const links = { self: url.href };
  if (type === 'Claim') {
    const identifier = [{ system: 'urn:precert:claim-marker', value: firstVisit.marker }];
    return jsonAnswer(200, searchset([{ resourceType: 'Claim', id: '100234', identifier }], links));
  }
  return jsonAnswer(200, searchset(told.get(type) ?? [], links));
};
