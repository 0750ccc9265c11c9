import { isObject, member, parseJson } from '../fhir-rest/json-values.ts';
import type { FaultRule } from './fault-rules.ts';
import type { FhirResource } from './fhir-resource.ts';
import type { LedgerClaim } from './ledger.ts';
import { readFaultRules } from './read-fault-rules.ts';
import { isFhirResource } from './search.ts';

/** What a test may do to the EMR from outside, by its methods or over HTTP below `/_simulator`. */
export interface SimulatorControl {
  /** Replaces the rules set before; those of the seed stay. */
  setFaults(rules: readonly FaultRule[], seed?: number): void;
  /** Every claim that was written, in order. */
  ledger(): readonly LedgerClaim[];
  /** Puts a record in its place, as somebody in the practice would; it counts as changed now. */
  putResource(resource: FhirResource): FhirResource;
  revokeTokens(): void;
}

export interface ControlAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** @param path below `/_simulator/` */
export function controlAnswer(
  control: SimulatorControl,
  method: string | undefined,
  path: string,
  body: Buffer,
): ControlAnswer {
  const sent = parseJson(body);
  switch (`${method} ${path}`) {
    case 'GET ledger':
      return { status: 200, body: { claims: control.ledger() } };
    case 'POST faults':
      return setFaults(control, sent);
    case 'POST resources':
      return isFhirResource(sent)
        ? { status: 200, body: control.putResource(sent) }
        : { status: 400, body: { message: 'Not a resource of a type that the simulator has.' } };
    case 'DELETE tokens':
      control.revokeTokens();
      return { status: 200, body: {} };
    default:
      return { status: 404, body: { message: 'No such control.' } };
  }
}

/** `{ "rules": [...], "seed": 1 }` */
function setFaults(control: SimulatorControl, sent: unknown): ControlAnswer {
  const read = readFaultRules(member(sent, 'rules'));
  if ('problem' in read) return { status: 400, body: { message: read.problem } };
  const seed = isObject(sent) && typeof sent.seed === 'number' ? sent.seed : undefined;
  control.setFaults(read.rules, seed);
  return { status: 200, body: { rules: read.rules } };
}
