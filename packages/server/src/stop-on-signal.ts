/**
 * Ends the process gracefully at the first SIGTERM or SIGINT. The listeners go with it, so a second signal ends it
 * at once, as an impatient operator means it to.
 */
export function stopOnSignal(stop: () => Promise<void>): void {
  const signals = ['SIGTERM', 'SIGINT'] as const;
  const begin = () => {
    for (const signal of signals) process.off(signal, begin);
    stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  for (const signal of signals) process.on(signal, begin);
}
