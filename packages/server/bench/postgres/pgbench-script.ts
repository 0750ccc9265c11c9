import { casesPerConnection, type Operation } from '../installation/requests.ts';
import { seededIdPrefix } from '../installation/seed-cases.ts';
import { markers, type RecordedStatement } from './record-statements.ts';

/** A script for pgbench and the variables it is given on the command line. */
export interface PgbenchScript {
  readonly text: string;
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * The recorded statements as a pgbench script: the same texts, the same parameters, each parameter a variable of its
 * own, so that the same bytes are bound. What differs from one request to the next is computed: ids, and in a PATCH
 * the counters read by the statement before, so that its guard holds and it really writes.
 * @param run tells ids of one run from those of another
 */
export function pgbenchScript(
  operation: Operation | 'credential',
  statements: readonly RecordedStatement[],
  run: number,
): PgbenchScript {
  const variables: Record<string, string> = { n: '0', run: `${run}x` };
  const lines = [
    '\\set n :n + 1',
    `\\set i :client_id * ${casesPerConnection} + random(1, ${casesPerConnection})`,
  ];
  statements.forEach((statement, index) => {
    const sql = statement.text.replaceAll(/\$(\d+)/g, (_, number) => {
      const name = `${operation}${index}_${number}`;
      return parameter(operation, statement.values[Number(number) - 1] ?? null, name, variables);
    });
    // A read that a write follows has to hand over the counters.
    const keeps = operation === 'patch' && sql.includes('p.event_sequence,') && index < statements.length - 1;
    const line = sql.replaceAll(/\s+/g, ' ').trim();
    lines.push(...(keeps ? [`${line} \\gset c_`] : inScope(statement, `${line};`, variables)));
  });
  return { text: `${lines.join('\n')}\n`, variables };
}

/**
 * The scope and the statement in one round trip and one transaction, as the server sends them. A pipeline of pgbench can
 * keep no results, so a read whose counters are needed goes without its scope: a little less work than the server's.
 */
export function inScope(
  { scope }: RecordedStatement,
  line: string,
  variables: Record<string, string>,
): readonly string[] {
  if (scope === undefined) return [line];
  variables.role = scope.role;
  variables.organization = scope.organizationId;
  const setScope = `select set_config('role', :role, true), set_config('precert.organization_id', :organization, true);`;
  return ['\\startpipeline', setScope, line, '\\endpipeline'];
}

/** Ids of cases that pgbench creates begin with this. */
export const createdIdPrefix = 'auth_0p';

const idPattern = /auth_[0-9a-z]{26}/;
const counterPattern = new RegExp(
  `(${String(markers.eventSequence).slice(0, -3)}\\d{3}|${String(markers.version).slice(0, -3)}\\d{3})`,
);

/** The SQL expression of one parameter. Only what has to change is an expression; all else is one bound variable. */
function parameter(
  operation: Operation | 'credential',
  value: string | null,
  name: string,
  variables: Record<string, string>,
): string {
  if (value === null) return 'null';
  if (idPattern.test(value) && value.length < 40) {
    return operation === 'create'
      ? `('${createdIdPrefix}' || :run::text || :client_id::text || 'x' || :n::text)`
      : `('${seededIdPrefix}' || :i::text)`;
  }
  const pieces = value.split(counterPattern);
  if (pieces.length === 1) return variable(name, value, variables);
  const [before, counter, after] = pieces;
  if (before === '' && after === '' && pieces.length === 3) return counterExpression(counter ?? '');
  const texts = pieces.map((piece, index) => {
    if (index % 2 === 1) return `(${counterExpression(piece)})::text`;
    return `${variable(`${name}_${index}`, piece, variables)}::text`;
  });
  return `(${texts.join(' || ')})`;
}

function variable(name: string, value: string, variables: Record<string, string>): string {
  variables[name] = value;
  return `:${name}`;
}

function counterExpression(counter: string): string {
  const isVersion = counter.startsWith(String(markers.version).slice(0, -3));
  const column = isVersion ? 'version' : 'event_sequence';
  const added = Number(counter) - (isVersion ? markers.version : markers.eventSequence);
  return `:c_${column}::int + ${added}`;
}
