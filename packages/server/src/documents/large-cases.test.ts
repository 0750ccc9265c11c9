import { beforeAll, expect, it } from 'vitest';
import { defaultLimits } from './limits.ts';
import { renderPacket } from './packet/render-packet.ts';
import { makePacketRequest } from './test-support/make-requests.ts';
import { slicesFor } from './text/font-catalog.ts';
import { type FontLibrary, openFontLibrary } from './text/font-library.ts';

let fonts: FontLibrary;
beforeAll(async () => {
  fonts = await openFontLibrary();
});

/** Seconds of this process's CPU: how busy the machine is otherwise matters less. */
async function cpuSeconds(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

const outcomes = ['Ongoing', 'Not effective', 'Not tolerated', 'Other'];
const therapies = [
  {
    linkId: 'therapies',
    text: 'Earlier therapies',
    type: 'group',
    repeats: true,
    item: [
      { linkId: 'drug', text: 'Drug or procedure', type: 'string' },
      { linkId: 'started', text: 'Started on', type: 'date' },
      {
        linkId: 'outcome',
        text: 'Outcome',
        type: 'choice',
        answerOption: outcomes.map((display) => ({ valueCoding: { code: display, display } })),
      },
    ],
  },
] as const;

// 16 s before repeated texts were kept, fonts known again and cross-references written in order; 5 s after.
it('renders a case of 9,000 answers, each in a group of its own, in seconds', {
  timeout: 120_000,
}, async () => {
  const answers = Array.from({ length: 9_000 }, (_, index) => ({
    linkId: 'therapies',
    item: [{ linkId: 'drug', answer: [{ valueString: `Drug ${index}` }] }],
  }));
  const request = makePacketRequest([], { items: therapies, answers }, { draft: true, sandbox: true });
  let pageCount = 0;
  const seconds = await cpuSeconds(async () => {
    ({ pageCount } = (await renderPacket(request, fonts, defaultLimits)).packet);
  });
  expect(pageCount).toBeGreaterThan(800);
  expect(seconds).toBeLessThan(12);
});

it('finds the font of a letter without looking through them all', async () => {
  const text = 'সমাজ 王小明 さくら';
  slicesFor(0x4e00, text);
  const seconds = await cpuSeconds(() => {
    for (let round = 0; round < 100; round += 1)
      for (let offset = 0; offset < 2_000; offset += 1) slicesFor(0x4e00 + offset, text);
  });
  expect(seconds).toBeLessThan(3);
});
