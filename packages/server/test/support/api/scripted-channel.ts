/** The simulated payer's line with a hand on it: per organization a test says what the far end does. */

import type { AppOverrides } from '../../../src/app-overrides.ts';
import type { Channel, Submission, SubmissionOutcome } from '../../../src/submission/channel.ts';
import { createSimulatorChannel } from '../../../src/submission/simulator/simulator-channel.ts';

/** What the far end does for one organization; what is left out is the simulator's. */
export interface ChannelScript {
  readonly submit?: (submission: Submission, simulator: Channel) => Promise<SubmissionOutcome>;
  readonly inquire?: (attemptId: string, simulator: Channel) => Promise<SubmissionOutcome>;
}

/** A hand-over that waits at the far end. */
export interface HeldHandOver {
  /** Resolves with the attempt's id once the channel was called. */
  readonly reached: Promise<string>;
  /** Lets the far end answer; without an outcome as the simulator does. */
  release(outcome?: SubmissionOutcome): void;
}

export interface ScriptedChannel {
  /** For `overrides.channels`. */
  readonly channels: NonNullable<AppOverrides['channels']>;
  play(organizationId: string, script: ChannelScript): void;
  /** The organization's next hand-over waits until it is released; later ones do not. */
  holdNext(organizationId: string): HeldHandOver;
  /** Attempt ids in the order the channel was called with them. */
  handOvers(organizationId: string): readonly string[];
}

/**
 * @param withInquiry false: a line that cannot be asked what became of an attempt
 * @param maximumPages a packet of more is refused before anything leaves
 */
export function createScriptedChannel({ withInquiry = true, maximumPages = 1000 } = {}): ScriptedChannel {
  const scripts = new Map<string, ChannelScript>();
  const handOvers: { readonly organizationId: string; readonly attemptId: string }[] = [];
  const scriptOf = (organizationId: string | undefined): ChannelScript =>
    scripts.get(organizationId ?? '') ?? {};

  const channels: ScriptedChannel['channels'] = (parts) => {
    const simulator = createSimulatorChannel(parts);
    const { inquire: _inquire, ...line } = simulator;
    const submit: Channel['submit'] = (submission) => {
      const { organizationId, attemptId } = submission;
      handOvers.push({ organizationId, attemptId });
      const script = scriptOf(organizationId).submit;
      return script === undefined ? simulator.submit(submission) : script(submission, simulator);
    };
    const inquire: NonNullable<Channel['inquire']> = async (attemptId, signal) => {
      const owner = handOvers.find((handOver) => handOver.attemptId === attemptId)?.organizationId;
      const script = scriptOf(owner).inquire;
      if (script !== undefined) return script(attemptId, simulator);
      return (
        (await simulator.inquire?.(attemptId, signal)) ?? { kind: 'unknown', reason: 'Cannot be asked.' }
      );
    };
    const validate: Channel['validate'] = ({ pageCount }) =>
      pageCount > maximumPages
        ? { code: 'too_many_pages', message: `${pageCount} pages are too many.`, kind: 'correctable' }
        : undefined;
    const capabilities = { ...simulator.capabilities, inquire: withInquiry };
    return [{ ...line, validate, submit, ...(withInquiry ? { inquire } : {}), capabilities }];
  };

  return {
    channels,
    play: (organizationId, script) => void scripts.set(organizationId, script),
    handOvers: (organizationId) =>
      handOvers.filter((call) => call.organizationId === organizationId).map(({ attemptId }) => attemptId),
    holdNext(organizationId) {
      const before = scriptOf(organizationId);
      const reached = Promise.withResolvers<string>();
      const released = Promise.withResolvers<SubmissionOutcome | undefined>();
      const submit: ChannelScript['submit'] = async (submission, simulator) => {
        scripts.set(organizationId, before);
        reached.resolve(submission.attemptId);
        return (await released.promise) ?? simulator.submit(submission);
      };
      scripts.set(organizationId, { ...before, submit });
      return { reached: reached.promise, release: (outcome) => released.resolve(outcome) };
    },
  };
}

/** Answers for scripts. */
export function rejectedWith(
  kind: 'retryable' | 'correctable' | 'configuration' | 'payer_down',
  code = 'line_busy',
): SubmissionOutcome {
  return { kind: 'rejected', failure: { code, message: `The line said ${code}.`, kind } };
}

export const nobodyKnows: SubmissionOutcome = { kind: 'unknown', reason: 'The line went silent.' };
