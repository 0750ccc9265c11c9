import type { Clock } from '../../platform/clock.ts';
import { createCallLimit } from './call-limit.ts';
import { createClaimDesk } from './claim-desk.ts';
import type { SimulatorControl } from './control-routes.ts';
import type { EmrSimulatorOptions } from './emr-simulator.ts';
import { createFaultPlan, type FaultRule } from './fault-rules.ts';
import type { FhirResource } from './fhir-resource.ts';
import type { SimulatorParts } from './handle-request.ts';
import type { Ledger } from './ledger.ts';
import type { Stage } from './play-fault.ts';
import { createRecords, type Records } from './records.ts';
import { seedResources } from './seed/seed-resources.ts';
import { seededAppointments, seedVisits } from './seed/visits.ts';
import { createTokenDesk } from './token-desk.ts';

interface Surroundings {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly random: (size: number) => Uint8Array;
  readonly stage: Stage;
  readonly baseUrl: string;
  readonly tokenUrl: string;
}

/** The EMR as the seed and its ledger make it. */
export function assembleSimulator(options: EmrSimulatorOptions, surroundings: Surroundings): SimulatorParts {
  const { ledger, clock, random, stage, baseUrl, tokenUrl } = surroundings;
  const { claimSearch = true, conditionalCreate = true, oneClaimPerVisit = true, smart } = options;
  const { pageSize = 200 } = options;
  const records = createRecords([
    ...seedResources(options.extraVisits),
    ...ledger.entries.map(({ resource }) => resource),
  ]);
  const tokens = smart === undefined ? undefined : createTokenDesk(smart, { clock, random });
  let faults = createFaultPlan([...(options.faults ?? []), ...seededFaults], options.faultSeed ?? 0);
  const desk = createClaimDesk({
    records,
    ledger,
    clock,
    baseUrl,
    conditionalCreate,
    oneClaimPerVisit,
    lockedEncounters,
  });
  const secured = tokens !== undefined;
  return {
    routes: { records, desk, baseUrl, tokenUrl, claimSearch, conditionalCreate, secured, pageSize },
    faults: () => faults,
    tokens,
    countCall: createCallLimit(options.callLimit, clock),
    stage,
    control: {
      setFaults(rules, seed = options.faultSeed ?? 0) {
        faults = createFaultPlan([...rules, ...seededFaults], seed);
      },
      ledger: () => ledger.entries.filter((entry) => entry.kind === 'claim'),
      putResource: (resource) => putResource(records, ledger, clock, resource),
      revokeTokens: () => tokens?.revokeAll(),
    } satisfies SimulatorControl,
  };
}

/** Once each: what the sandbox shows is how such a claim is settled. */
const seededFaults: readonly FaultRule[] = seededAppointments.flatMap(({ fault, emrAppointmentId }) =>
  fault === undefined ? [] : [{ fault, appointmentId: emrAppointmentId, times: 1 }],
);

const lockedEncounters: ReadonlySet<string> = new Set(
  seedVisits.filter(({ defect }) => defect === 'locked').map(({ encounterId }) => encounterId),
);

function putResource(records: Records, ledger: Ledger, clock: Clock, sent: FhirResource): FhirResource {
  const stored = records.get(sent.resourceType, sent.id);
  const meta = stored === undefined ? undefined : stored.meta;
  const version = typeof meta === 'object' && meta !== null ? Number(Reflect.get(meta, 'versionId')) : 0;
  const resource: FhirResource = {
    ...sent,
    meta: { versionId: String(version + 1), lastUpdated: clock.now().toISOString() },
  };
  ledger.append({ kind: 'resource', resource });
  records.put(resource);
  return resource;
}
