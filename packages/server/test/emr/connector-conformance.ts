/** What every connector has to do; each kind's test file runs it against the simulator. */

import { describe } from 'vitest';
import type { StartPractice } from '../support/emr/simulated-practice.ts';
import { describeChanges } from './conformance/changes.ts';
import { describeCreate } from './conformance/create.ts';
import { describeFaults } from './conformance/faults.ts';
import { describeReads } from './conformance/reads.ts';

export function connectorConformance(kind: string, start: StartPractice): void {
  describe(`a connector of kind ${kind}`, () => {
    describeChanges(start);
    describeCreate(start);
    describeFaults(start);
    describeReads(start);
  });
}
