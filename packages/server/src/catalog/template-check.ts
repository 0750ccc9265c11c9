import { join } from 'node:path';
import type { CatalogProblem } from './catalog-problem.ts';
import type { PayerEntry } from './read-payers.ts';
import type { TemplateEntry } from './read-template.ts';
import type { TemplateMatch } from './template.ts';
import { usStates } from './us-states.ts';

const serviceCodes: Readonly<Record<string, { readonly pattern: RegExp; readonly written: string }>> = {
  hcpcs: { pattern: /^[A-Z]\d{4}$/, written: 'a capital letter and four digits, such as J0791' },
  cpt: { pattern: /^\d{4}[0-9FTUM]$/, written: 'five characters, such as 96413' },
  ndc: { pattern: /^\d{11}$/, written: 'eleven digits without dashes' },
};

/** What a schema cannot say of a definition: payer, match, codes, sources, questionnaire header. */
export function checkTemplate(
  entry: TemplateEntry,
  payers: readonly PayerEntry[],
): readonly CatalogProblem[] {
  const problems: CatalogProblem[] = [];
  const { definition, questionnaire } = entry.files;
  const report = (path: string, message: string, mend: string, file = 'template.json'): void => {
    problems.push({ file: join(entry.folder, file), path, message, mend });
  };
  checkPayer(entry, payers, report);
  checkMatch(definition.match, report);
  if (definition.sample !== true && definition.sources.every(({ url }) => url === undefined)) {
    report(
      'sources',
      'Nothing says where these rules can be read.',
      'Give a source with a url, or set "sample" to true.',
    );
  }
  for (const element of ['url', 'title', 'status'] as const) {
    if (typeof questionnaire[element] === 'string') continue;
    report(
      element,
      `The Questionnaire has no ${element}.`,
      'Add it; responses and clients refer to it.',
      'questionnaire.json',
    );
  }
  return problems;
}

type Report = (path: string, message: string, mend: string) => void;

function checkPayer(entry: TemplateEntry, payers: readonly PayerEntry[], report: Report): void {
  const { payerId } = entry.files.definition.match;
  const found = payers.find(({ payer }) => payer.id === payerId);
  if (found === undefined) {
    report('match.payerId', `There is no payer "${payerId}".`, 'Add it to payers.json, or correct the id.');
  } else if (found.payer.slug !== entry.payerSlug) {
    const message = `The template stands in the folder "${entry.payerSlug}", its payer's slug is "${found.payer.slug}".`;
    report('match.payerId', message, `Move it to templates/${found.payer.slug}/.`);
  }
}

function checkMatch({ planTypes, states, service }: TemplateMatch, report: Report): void {
  for (const [name, values] of [
    ['planTypes', planTypes],
    ['states', states],
  ] as const) {
    if (values.includes('*') && values.length > 1)
      report(`match.${name}`, '"*" stands beside others.', 'Keep one of the two.');
  }
  states.forEach((state, index) => {
    if (state !== '*' && !usStates.has(state)) {
      report(`match.states[${index}]`, `"${state}" is no US state.`, 'Use a USPS two-letter code.');
    }
  });
  const code = serviceCodes[service.codeSystem];
  service.codes.forEach((value, index) => {
    if (code === undefined || code.pattern.test(value)) return;
    report(
      `match.service.codes[${index}]`,
      `"${value}" is no ${service.codeSystem} code.`,
      `Write ${code.written}.`,
    );
  });
}
