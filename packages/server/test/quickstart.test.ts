import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repository } from '../scripts/generated-files.ts';
import { quickstartScript, readQuickstart } from '../scripts/quickstart-steps.ts';

const fence = '```';

function readmeWith(body: string): string {
  return `# Title\n\n${fence}bash\nnot this\n${fence}\n\n## Quickstart\n\n${body}\n## Next\n\n${fence}bash\nnor this\n${fence}\n`;
}

const server = `${fence}bash server\nnpm ci\nnpm start\n${fence}\n`;

describe('the quickstart reader', () => {
  test('takes the commands of the section alone, each with the output shown under it', () => {
    const body = `${server}\n**Say** hello. Loudly.\n\n${fence}bash\necho hello\n${fence}\n\n${fence}text\nhello\n${fence}\n\n<details>\n<summary>More</summary>\n\nOf other things.\n\nAnd [this](there.md), then:\n\n${fence}bash\ntrue\n${fence}\n`;
    expect(readQuickstart(readmeWith(body))).toEqual({
      server: 'npm ci\nnpm start\n',
      steps: [
        { title: 'Say hello', commands: 'echo hello\n', output: 'hello\n' },
        { title: 'And this', commands: 'true\n', output: undefined },
      ],
    });
  });

  test.each([
    ['there is no section', '# Title\n', 'no quickstart'],
    ['nothing starts a server', readmeWith(`${fence}bash\ntrue\n${fence}\n`), 'no quickstart'],
    [
      'a block is of another language',
      readmeWith(`${server}${fence}python\nx\n${fence}\n`),
      'block of python',
    ],
    ['an output has no command', readmeWith(`${server}${fence}text\nx\n${fence}\n`), 'under no command'],
  ])('refuses a README in which %s', (_, readme, message) => {
    expect(() => readQuickstart(readme)).toThrow(message);
  });

  test('finds the steps of the real README, most of them with an expected output', async () => {
    const { server: commands, steps } = readQuickstart(await readFile(join(repository, 'README.md'), 'utf8'));
    expect(commands).toBe('npm ci\nPRECERT_ALLOW_PRIVATE_WEBHOOKS=true npm start\n');
    expect(steps.length).toBeGreaterThanOrEqual(16);
    // Both surfaces: a refactoring that loses one of them must not pass.
    for (const path of ['/v1/prior-auth/authorizations', '/v1/claims'])
      expect(steps.some((step) => step.commands.includes(path))).toBe(true);
    expect(steps.filter(({ output }) => output === undefined)).toEqual([]);
  });

  test('makes one shell of all steps, which ends at the first failure', () => {
    const steps = ['A=1', 'echo $A'].map((commands) => ({
      title: 'x',
      commands: `${commands}\n`,
      output: undefined,
    }));
    expect(quickstartScript(steps, '/out')).toBe(
      "set -euo pipefail\ntrap 'kill $(jobs -p) 2> /dev/null || true' EXIT\n{\nA=1\n} > '/out/0.part'\nmv '/out/0.part' '/out/0'\n{\necho $A\n} > '/out/1.part'\nmv '/out/1.part' '/out/1'\n",
    );
  });
});
