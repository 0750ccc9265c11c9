/** One statement and the scope it runs in, in one round trip to PostgreSQL. */

import type { Connection, FieldDef, Submittable } from 'pg';
import type { StatementResult } from './database-driver.ts';
import { noColumns, type ResultShape, rowOf, shapeOf, touchedBy } from './result-shape.ts';

export interface ScopedStatement {
  /** Undefined: planned anew on each run. */
  readonly name: string | undefined;
  readonly text: string;
  readonly values: readonly (string | null)[];
  readonly scope: { readonly role: string; readonly organizationId: string } | undefined;
}

/**
 * Local to the transaction: without an explicit one, that lasts until the Sync behind the statement (PostgreSQL,
 * "Message flow", pipelining). Every connection prepares it when it is opened.
 */
export const setScope = {
  name: 'set_scope',
  text: `select set_config('role', $1, true), set_config('precert.organization_id', $2, true)`,
} as const;

/** Of statements prepared on a connection: PostgreSQL refuses to run one whose result type has changed since. */
const shapesByConnection = new WeakMap<object, Map<string, ResultShape>>();

/** What a message of the server says; the typings of `pg` leave these out. */
interface DataRow {
  readonly fields: readonly (string | null)[];
}
interface RowDescription {
  readonly fields: readonly FieldDef[];
}
interface CommandComplete {
  readonly text: string;
}
/** `pg` keeps track here of what a connection has prepared. */
interface Preparing {
  readonly parsedStatements: Record<string, string | undefined>;
  readonly submittedNamedStatements: Record<string, string | undefined>;
}

/**
 * A query as `pg` takes them (`Client.query` of an object with `submit`). In front of the statement it sends the one
 * that sets the scope; both stand before the same Sync, so they are one transaction, and nobody waits in between.
 * What comes back of a prepared statement is described once per connection instead of with every run.
 */
export class ScopedStatementRun implements Submittable {
  /** Called by `pg` through `handleError` and `handleReadyForQuery`; it wraps it to end its timer. */
  callback: (error: Error | null, result?: StatementResult) => void;
  /** `pg` notes a prepared statement under its name. */
  readonly name: string | undefined;
  readonly text: string;
  readonly #statement: ScopedStatement;
  #shapes: Map<string, ResultShape> = new Map();
  #awaitsScope: boolean;
  #shape: ResultShape | undefined;
  #rows: unknown[] = [];
  #touched = 0;
  #fault: Error | undefined;

  constructor(statement: ScopedStatement, callback: ScopedStatementRun['callback']) {
    this.#statement = statement;
    this.callback = callback;
    this.name = statement.name;
    this.text = statement.text;
    this.#awaitsScope = statement.scope !== undefined;
  }

  /** @returns an error that keeps the statement from being sent, as `pg` wants it. */
  submit(connection: Connection): Error | undefined {
    this.#shapes = shapesOf(connection);
    // The fields are there; the typings leave them out.
    const prepared = connection as unknown as Preparing;
    const known =
      this.name && (prepared.parsedStatements[this.name] ?? prepared.submittedNamedStatements[this.name]);
    if (known && known !== this.text) return new Error(`Two statements are called ${this.name}.`);
    connection.stream.cork();
    try {
      this.#send(connection, !known);
      if (this.name && !known) prepared.submittedNamedStatements[this.name] = this.text;
    } finally {
      connection.stream.uncork();
    }
    return undefined;
  }

  #send(connection: Connection, isNew: boolean): void {
    const { scope, values } = this.#statement;
    const name = this.name ?? '';
    if (scope !== undefined) {
      connection.bind({ statement: setScope.name, values: [scope.role, scope.organizationId] }, true);
      connection.execute({}, true);
    }
    if (isNew) connection.parse({ name, text: this.text, types: [] }, true);
    connection.bind({ statement: name, values: [...values] }, true);
    this.#shape = this.#shapes.get(name);
    if (this.#shape === undefined) connection.describe({ type: 'P', name: '' }, true);
    connection.execute({}, true);
    connection.sync();
  }

  handleRowDescription({ fields }: RowDescription): void {
    this.#shape = shapeOf(fields);
    this.#remember(this.#shape);
  }

  handleDataRow({ fields }: DataRow): void {
    if (this.#awaitsScope || this.#shape === undefined || this.#fault !== undefined) return;
    try {
      this.#rows.push(rowOf(this.#shape, fields));
    } catch (error) {
      // Thrown here it would end the process; the rest of the answer has to be read first.
      this.#fault = error instanceof Error ? error : new Error(String(error));
    }
  }

  handleCommandComplete({ text }: CommandComplete): void {
    if (this.#awaitsScope) this.#awaitsScope = false;
    else this.#touched = touchedBy(text);
  }

  handleReadyForQuery(): void {
    if (this.#shape === undefined) this.#remember(noColumns);
    if (this.#fault === undefined) this.callback(null, { rows: this.#rows, touched: this.#touched });
    else this.callback(this.#fault);
  }

  handleError(error: Error): void {
    this.callback(error);
  }

  handleEmptyQuery(): void {
    this.#touched = 0;
  }

  handlePortalSuspended(): void {
    throw new Error('No statement asks for its rows in portions.');
  }

  #remember(shape: ResultShape): void {
    if (this.name !== undefined) this.#shapes.set(this.name, shape);
  }
}

function shapesOf(connection: object): Map<string, ResultShape> {
  const known = shapesByConnection.get(connection);
  if (known !== undefined) return known;
  const shapes = new Map<string, ResultShape>();
  shapesByConnection.set(connection, shapes);
  return shapes;
}
