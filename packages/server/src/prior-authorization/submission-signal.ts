/** Tells waiting requests of this process that a worker of this process is done with an attempt for now. */
export interface SubmissionSignal {
  /** Resolves when the attempt is reported worked on, or after `timeoutMs`. */
  reported(attemptId: string, timeoutMs: number): Promise<void>;
  report(attemptId: string): void;
}

export function createSubmissionSignal(): SubmissionSignal {
  const waiting = new Map<string, Set<() => void>>();
  return {
    reported(attemptId, timeoutMs) {
      return new Promise((resolve) => {
        const waiters = waiting.get(attemptId) ?? new Set();
        const stop = () => {
          clearTimeout(timer);
          waiters.delete(stop);
          if (waiters.size === 0) waiting.delete(attemptId);
          resolve();
        };
        const timer = setTimeout(stop, timeoutMs);
        waiting.set(attemptId, waiters.add(stop));
      });
    },
    report(attemptId) {
      for (const stop of [...(waiting.get(attemptId) ?? [])]) stop();
    },
  };
}
