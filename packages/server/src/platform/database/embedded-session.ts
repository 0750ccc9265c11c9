/** Statements on the embedded engine's one session, each with its scope in a single exchange of messages. */

import { type PGlite, protocol } from '@electric-sql/pglite';
import type { Statement } from './database.ts';
import type { StatementResult } from './database-driver.ts';
import { isStalePlan } from './database-errors.ts';
import { type DatabaseScope, scopeSettings } from './database-scope.ts';
import { parameterTexts } from './parameter-values.ts';
import { noColumns, rowOf, shapeOf, touchedBy } from './result-shape.ts';

const { serialize } = protocol;

export interface EmbeddedSession {
  /** Inside a transaction of the engine's, or while nothing else can begin one. */
  run(
    scope: DatabaseScope,
    statement: string | Statement,
    values: readonly unknown[],
  ): Promise<StatementResult>;
}

const setScope: Statement = {
  name: 'set_scope',
  text: `select set_config('role', $1, true), set_config('precert.organization_id', $2, true)`,
};

/**
 * The engine's own `query` exchanges six messages one by one and plans each text anew. Here all of them go at once, and
 * a named statement is planned once. What stands before one Sync is one transaction, so the scope ends with it.
 */
export function embeddedSession(engine: PGlite): EmbeddedSession {
  const prepared = new Map<string, string>();

  async function exchange(messages: readonly Uint8Array[]): Promise<readonly ServerMessage[]> {
    const answer = await engine.execProtocol(Buffer.concat([...messages, serialize.sync()]), {
      throwOnError: false,
    });
    // The engine's typings name each message's class and leave the fields out.
    return answer.messages as unknown as readonly ServerMessage[];
  }

  function prepare(statement: string | Statement): {
    readonly name: string;
    readonly messages: Uint8Array[];
  } {
    if (typeof statement === 'string')
      return { name: '', messages: [serialize.parse({ text: statement, name: '' })] };
    const { name, text } = statement;
    const known = prepared.get(name);
    if (known === text) return { name, messages: [] };
    prepared.set(name, text);
    // A name of the file's own that stands for another text now: tests share one engine between servers.
    return { name, messages: [serialize.close({ type: 'S', name }), serialize.parse({ text, name })] };
  }

  async function attempt(
    scope: DatabaseScope,
    statement: string | Statement,
    texts: (string | null)[],
  ): Promise<StatementResult> {
    const settings = scopeSettings(scope);
    const { name, messages } = prepare(statement);
    const scoping = settings === undefined ? [] : scopeMessages(settings.role, settings.organizationId);
    const answer = await exchange([
      ...scoping,
      ...messages,
      serialize.bind({ statement: name, values: texts }),
      serialize.describe({ type: 'P' }),
      serialize.execute({}),
    ]);
    const failure = answer.find((message) => message.name === 'error');
    if (failure !== undefined) {
      prepared.delete(name);
      throw failure;
    }
    return resultOf(answer, settings !== undefined);
  }

  function scopeMessages(role: string, organizationId: string): readonly Uint8Array[] {
    const { name, messages } = prepare(setScope);
    return [
      ...messages,
      serialize.bind({ statement: name, values: [role, organizationId] }),
      serialize.execute({}),
    ];
  }

  return {
    run: (scope, statement, values) =>
      engine._runExclusiveQuery(async () => {
        const texts = parameterTexts(values);
        try {
          return await attempt(scope, statement, texts);
        } catch (error) {
          if (typeof statement === 'string' || !isStalePlan(error)) throw error;
          return attempt(scope, statement.text, texts);
        }
      }),
  };
}

/** What of the server's messages is read here (PostgreSQL, "Message formats"). */
interface ServerMessage {
  readonly name: string;
  readonly fields?: readonly unknown[];
  readonly text?: string;
}

function resultOf(answer: readonly ServerMessage[], hasScope: boolean): StatementResult {
  let awaitsScope = hasScope;
  let shape = noColumns;
  let touched = 0;
  const rows: unknown[] = [];
  for (const { name, fields = [], text = '' } of answer) {
    // The kinds of fields go by the message's name.
    if (name === 'rowDescription') shape = shapeOf(fields as Parameters<typeof shapeOf>[0]);
    else if (name === 'dataRow' && !awaitsScope) rows.push(rowOf(shape, fields as (string | null)[]));
    else if (name === 'commandComplete' && awaitsScope) awaitsScope = false;
    else if (name === 'commandComplete') touched = touchedBy(text);
  }
  return { rows, touched };
}
