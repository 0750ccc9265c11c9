/** Longer waits are left to the sweeper: they may be late by its few seconds. */
const longestMs = 10_000;

/** Past the moment, so that the delivery is due when it is looked for. */
const marginMs = 20;

export interface RetryTimers {
  wakeLater(delayMs: number, organizationId: string, endpointId: string): void;
  stop(): void;
}

/** Wake-ups for retries that follow within seconds. They are lost with the process; the rows are not. */
export function createRetryTimers(
  wake: (organizationId: string, endpointIds: readonly string[]) => Promise<void>,
): RetryTimers {
  const waiting = new Set<NodeJS.Timeout>();
  return {
    wakeLater(delayMs, organizationId, endpointId) {
      if (delayMs > longestMs) return;
      const timer = setTimeout(() => {
        waiting.delete(timer);
        void wake(organizationId, [endpointId]);
      }, delayMs + marginMs).unref();
      waiting.add(timer);
    },
    stop() {
      for (const timer of waiting) clearTimeout(timer);
      waiting.clear();
    },
  };
}
