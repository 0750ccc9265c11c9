import { readFileSync } from 'node:fs';
import { PrecertError } from '../../platform/errors.ts';
import { parseJson } from '../fhir-rest/json-values.ts';
import { type EmrSimulator, type EmrSimulatorOptions, startEmrSimulator } from './emr-simulator.ts';
import { readFaultRules } from './read-fault-rules.ts';
import { sandboxEmrDirectory, writeUrl } from './sandbox-emr.ts';

/** `precert emr-simulator`: the simulator as a process of its own. */
export const emrSimulatorCommand = {
  usage:
    'emr-simulator [--host address] [--port number] [--directory path] [--faults file.json] [--fault-seed number] ' +
    '[--calls-per-minute number] [--retry-after on|off] [--claim-search on|off] [--conditional-create on|off] ' +
    '[--one-claim-per-visit on|off] [--extra-visits number]',
  meaning: 'Run the simulated EMR beside sandbox servers of the same data directory.',
  /** Names of the options, each followed by a value. */
  options: [
    'host',
    'port',
    'directory',
    'faults',
    'fault-seed',
    'calls-per-minute',
    'retry-after',
    'claim-search',
    'conditional-create',
    'one-claim-per-visit',
    'extra-visits',
  ],
} as const;

type Option = (typeof emrSimulatorCommand.options)[number];
type Options = Readonly<Partial<Record<Option, string | undefined>>>;

/**
 * Starts it until `stop`. Without `--directory` it is the simulator that servers of the data directory use.
 * @throws PrecertError `validation_error` naming a wrong option; DirectoryInUseError; Node's error for the port
 */
export async function runEmrSimulator(
  given: Options,
  { dataDirectory }: { readonly dataDirectory: string },
): Promise<EmrSimulator> {
  const options = readOptions(given, sandboxEmrDirectory(dataDirectory));
  const simulator = await startEmrSimulator(options);
  if (given.directory === undefined) writeUrl(dataDirectory, simulator.baseUrl);
  return simulator;
}

function readOptions(given: Options, directory: string): EmrSimulatorOptions {
  const callsPerMinute = wholeNumber(given, 'calls-per-minute');
  return {
    directory: given.directory ?? directory,
    host: given.host,
    port: wholeNumber(given, 'port'),
    faults: given.faults === undefined ? undefined : readFaultsFile(given.faults),
    faultSeed: wholeNumber(given, 'fault-seed'),
    callLimit:
      callsPerMinute === undefined
        ? undefined
        : { callsPerMinute, retryAfter: onOrOff(given, 'retry-after') ?? false },
    claimSearch: onOrOff(given, 'claim-search'),
    conditionalCreate: onOrOff(given, 'conditional-create'),
    oneClaimPerVisit: onOrOff(given, 'one-claim-per-visit'),
    extraVisits: wholeNumber(given, 'extra-visits'),
  };
}

function wholeNumber(given: Options, name: Option): number | undefined {
  const value = given[name];
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw new PrecertError('validation_error', `--${name} is not a whole number.`);
}

function onOrOff(given: Options, name: Option): boolean | undefined {
  const value = given[name];
  if (value === undefined) return undefined;
  if (value === 'on' || value === 'off') return value === 'on';
  throw new PrecertError('validation_error', `--${name} is neither on nor off.`);
}

function readFaultsFile(path: string) {
  const read = readFaultRules(parseJson(readFile(path)));
  if ('rules' in read) return read.rules;
  throw new PrecertError('validation_error', `--faults: ${read.problem}`);
}

function readFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new PrecertError('validation_error', '--faults names a file that cannot be read.', {
      cause: error,
    });
  }
}
