import { evaluate } from '../../src/requirements/evaluate.ts';
import { exampleCase } from '../../src/requirements/example-case-data.ts';
import { generateForm } from '../evaluation/generated-form.ts';
import { readShippedTemplates } from '../evaluation/shipped-templates.ts';
import { type Figure, type Row, row } from '../figure.ts';
import { median } from '../statistics.ts';

/** Microseconds of processor time of one `evaluate`, the judge that create, update, preview and submit ask; forms are compiled before. */
export const evaluationFigure: Figure = {
  name: 'evaluation',
  async measure({ rounds }) {
    const small = generateForm(50, 19);
    const big = generateForm(800, 300);
    const templates = await readShippedTemplates();
    return [
      ...templates.map(({ id, itemCount, template, cases }) => {
        const all = () => {
          for (const { data, answers } of cases) evaluate(template, data, answers, []);
        };
        const figure = `evaluate: ${id}, ${itemCount} items, ${cases.length} cases`;
        return rowOf(figure, measureMicroseconds(all, rounds) / cases.length, 50);
      }),
      rowOf('evaluate: generated, 50 items, 19 conditions', microsecondsOf(small, rounds), 50),
      rowOf('evaluate: generated, 800 items, 300 conditions', microsecondsOf(big, rounds), 1_000),
    ];
  },
};

function microsecondsOf({ template, answers }: ReturnType<typeof generateForm>, rounds: number): number {
  const { enabledQuestionCount, answeredQuestionCount } = evaluate(
    template,
    exampleCase,
    answers,
    [],
  ).mappingSummary;
  if (enabledQuestionCount !== answeredQuestionCount)
    throw new Error('An enabled question was left unanswered.');
  return measureMicroseconds(() => evaluate(template, exampleCase, answers, []), rounds);
}

function rowOf(figure: string, microseconds: number, atMost: number): Row {
  return row(figure, `${microseconds.toFixed(1)} µs`, {
    value: microseconds,
    aim: { atMost },
    aimText: `<= ${atMost} µs`,
  });
}

const batches = 20;
const batchMicroseconds = 25_000;

/**
 * Median over batches; warm, since a server is. Processor time of the process, its collector of garbage included: the
 * clock on the wall would count what other programs do, too.
 */
function measureMicroseconds(work: () => unknown, rounds: number): number {
  const times: number[] = [];
  for (let batch = 0; batch < batches * (rounds + 1); batch += 1) {
    const before = process.cpuUsage();
    let count = 0;
    let spent = 0;
    while (spent < batchMicroseconds) {
      for (let repeat = 0; repeat < 10; repeat += 1) work();
      count += 10;
      const { user, system } = process.cpuUsage(before);
      spent = user + system;
    }
    if (batch >= batches) times.push(spent / count);
  }
  return median(times);
}
