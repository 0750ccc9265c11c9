/** One command block of the README's quickstart and what the README says it prints. */
export interface QuickstartStep {
  /** The sentence above the block. */
  readonly title: string;
  readonly commands: string;
  /** Undefined: the README shows no output. */
  readonly output: string | undefined;
}

export interface Quickstart {
  /** The block marked `server`: what the first terminal runs. */
  readonly server: string;
  readonly steps: readonly QuickstartStep[];
}

const section = /^## Quickstart\n(?<body>[\s\S]*?)(?=^## )/m;
const block = /(?<before>[\s\S]*?)^```(?<info>\w+(?: \w+)?)\n(?<content>[\s\S]*?)^```$/gm;

/**
 * Reads the fenced blocks of the README's section "Quickstart": `bash server`, `bash`, and `text` for what the block
 * before prints.
 * @throws Error when the section, the server's block or the steps are missing, or a block has another language.
 */
export function readQuickstart(readme: string): Quickstart {
  const body = readme.match(section)?.groups?.body ?? '';
  let server: string | undefined;
  const steps: QuickstartStep[] = [];
  for (const { groups } of body.matchAll(block)) {
    const { before = '', info = '', content = '' } = groups ?? {};
    if (info === 'bash server') server = content;
    else if (info === 'bash') steps.push({ title: titleIn(before), commands: content, output: undefined });
    else if (info === 'text') expectOutput(steps, content);
    else throw new Error(`The quickstart has a block of ${info}.`);
  }
  if (server === undefined || steps.length === 0) throw new Error('The README has no quickstart to run.');
  return { server, steps };
}

function expectOutput(steps: QuickstartStep[], output: string): void {
  const step = steps.pop();
  if (step === undefined || step.output !== undefined) throw new Error('An output stands under no command.');
  steps.push({ ...step, output });
}

/** The first sentence of the paragraph right above the block. */
function titleIn(before: string): string {
  const paragraph =
    before
      .trim()
      .split(/\n\s*\n/)
      .at(-1) ?? '';
  const sentence = paragraph
    .replaceAll('*', '')
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .match(/^.*?[.;:,](?= |$)/)?.[0];
  return (sentence ?? 'step').slice(0, -1);
}

/** A bash script that runs the steps in one shell, each one's output going to `<folder>/<index>` when it succeeds. */
export function quickstartScript(steps: readonly QuickstartStep[], folder: string): string {
  const blocks = steps.map(
    ({ commands }, index) =>
      `{\n${commands}} > '${folder}/${index}.part'\nmv '${folder}/${index}.part' '${folder}/${index}'\n`,
  );
  // Whatever a step left running would outlive a step that failed.
  return `set -euo pipefail\ntrap 'kill $(jobs -p) 2> /dev/null || true' EXIT\n${blocks.join('')}`;
}
