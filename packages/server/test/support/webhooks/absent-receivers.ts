/** For servers whose tests are about something else: every name is public, every receiver content, nobody is called. */

import { createOutbound, type Outbound } from '../../../src/platform/outbound/outbound.ts';

export const absentReceivers: Outbound = {
  check: createOutbound({ allowPrivate: false, resolve: async () => ['93.184.215.14'] }).check,
  send: async () => ({ status: 204, headers: {}, body: new Uint8Array(), isComplete: true }),
};
