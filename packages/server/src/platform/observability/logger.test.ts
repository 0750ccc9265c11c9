import { describe, expect, test } from 'vitest';
import { PrecertError } from '../errors.ts';
import { createLogger, subsystemLogger } from './logger.ts';

function logOne(write: (logger: ReturnType<typeof createLogger>) => void): Record<string, unknown> {
  const lines: string[] = [];
  write(createLogger({ level: 'info', destination: { write: (line: string) => lines.push(line) } }));
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] ?? '');
}

test('loggers without a destination share the standard output and its listener', () => {
  createLogger({ level: 'silent' });
  const listeners = process.listenerCount('exit');
  createLogger({ level: 'silent' });
  expect(process.listenerCount('exit')).toBe(listeners);
});

describe('a log line', () => {
  test('is JSON with time, level as a word and subsystem', () => {
    const line = logOne((logger) => subsystemLogger(logger, 'jobs').info({ jobId: 'j1' }, 'done'));
    expect(line).toMatchObject({ level: 'info', subsystem: 'jobs', jobId: 'j1', msg: 'done' });
    expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(line).not.toHaveProperty('hostname');
  });

  test('of a foreign error has its type, code and place, not its message or other fields', () => {
    const error = Object.assign(new Error('invalid input: "Jane"'), {
      code: '22P02',
      detail: 'Key (name)=(Jane)',
    });
    const line = logOne((logger) => logger.error({ err: error }, 'failed'));
    expect(line).toMatchObject({
      err: {
        type: 'Error',
        code: '22P02',
        frames: expect.arrayContaining([expect.stringContaining('logger.test.ts')]),
      },
    });
    expect(JSON.stringify(line)).not.toContain('Jane');
  });

  test('of our own error has its message, and its causes in turn', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), {
      code: 'ECONNREFUSED',
      syscall: 'connect',
    });
    const line = logOne((logger) =>
      logger.error({ err: new PrecertError('service_unavailable', 'Later.', { cause }) }),
    );
    expect(line).toMatchObject({
      err: { message: 'Later.', cause: { message: 'connect ECONNREFUSED 127.0.0.1:5432' } },
    });
  });

  test('of an error given alone, or of a syntax error, quotes nothing', () => {
    expect(JSON.stringify(logOne((logger) => logger.error(new Error('Jane'))))).not.toContain('Jane');
    const line = logOne((logger) => {
      try {
        JSON.parse('{"name":Jane}');
      } catch (error) {
        logger.error({ error });
      }
    });
    expect(JSON.stringify(line)).not.toContain('Jane');
  });

  test('of a request or response has method and status alone', () => {
    const line = logOne((logger) =>
      logger.info({
        req: { method: 'GET', url: '/x?memberId=W1', headers: { authorization: 'b' } },
        res: { statusCode: 200, headers: { a: 'W1' } },
      }),
    );
    expect(line).toMatchObject({ req: { method: 'GET' }, res: { statusCode: 200 } });
    expect(JSON.stringify(line)).not.toContain('W1');
  });
});
