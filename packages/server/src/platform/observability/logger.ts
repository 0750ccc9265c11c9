import { type DestinationStream, type LevelWithSilent, type Logger as PinoLogger, pino } from 'pino';
import { describeErrorSafely } from './safe-error.ts';

export type Logger = PinoLogger;
export type LogLevel = LevelWithSilent;

export const logLevels: readonly LogLevel[] = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'];

export interface LoggerOptions {
  readonly level: LogLevel;
  /** Default: standard output. */
  readonly destination?: DestinationStream;
}

/**
 * The process's logger: one JSON object a line. Headers, bodies and query strings cannot be logged by accident:
 * whatever is passed as `req`, `res` or `err` goes through an allow-list.
 */
export function createLogger(options: LoggerOptions): Logger {
  const settings = {
    level: options.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    hooks: { logMethod: withoutForeignMessage },
    serializers: {
      err: describeErrorSafely,
      error: describeErrorSafely,
      req: describeRequest,
      res: describeResponse,
    },
  };
  return pino(settings, options.destination ?? standardOutput());
}

/** A line is held back this long at most, and 4 KB of them: a system call for each line was 5 % of a read's time. */
const heldBackMs = 100;

let sharedOutput: DestinationStream | undefined;

/** One for all loggers of the process: lines of two would be written out of their order. */
function standardOutput(): DestinationStream {
  if (sharedOutput !== undefined) return sharedOutput;
  const destination = pino.destination({ dest: 1, minLength: 4_096, sync: true, periodicFlush: heldBackMs });
  // Also after an uncaught error; only a kill loses what is held back.
  process.on('exit', () => destination.flushSync());
  sharedOutput = destination;
  return destination;
}

/** The logger of one subsystem (`http`, `jobs`, `webhooks`): each of its lines carries the name. */
export function subsystemLogger(logger: Logger, subsystem: string): Logger {
  return logger.child({ subsystem });
}

/** Pino takes an error's message as the line's when there is no other; the message may quote a value. */
function withoutForeignMessage(
  this: Logger,
  arguments_: unknown[],
  method: (...values: unknown[]) => void,
): void {
  const [first, ...others] = arguments_;
  const fields = first instanceof Error ? { err: first } : first;
  const needsMessage =
    others.length === 0 && typeof fields === 'object' && fields !== null && 'err' in fields;
  method.apply(this, needsMessage ? [fields, 'error'] : [fields, ...others]);
}

/** The path is left out with the query string: the route template is logged once the request is answered. */
function describeRequest(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && 'method' in value ? { method: value.method } : {};
}

function describeResponse(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && 'statusCode' in value
    ? { statusCode: value.statusCode }
    : {};
}
