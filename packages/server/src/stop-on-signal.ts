/** A supervisor often signals the whole process group, so the same wish may arrive twice at once. */
const oneWishMs = 2_000;

/**
 * Ends the process gracefully at the first SIGTERM or SIGINT. A further signal some seconds later ends it at once, as
 * an impatient operator means it to.
 */
export function stopOnSignal(stop: () => Promise<void>): void {
  let beganAt: number | undefined;
  const begin = () => {
    if (beganAt !== undefined) {
      if (performance.now() - beganAt > oneWishMs) process.exit(1);
      return;
    }
    beganAt = performance.now();
    stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, begin);
}
