import { BoundedMap } from './bounded-map.ts';
import { drawFrom, type QuotaStore, type QuotaWindow } from './quota-window.ts';

/** Windows of this process alone. */
export function createMemoryQuotaStore(): QuotaStore {
  const windows = new BoundedMap<string, QuotaWindow>(20_000);
  return {
    async draw(draws, now) {
      return draws.map(({ subject, units }) => {
        const window = drawFrom(windows.get(subject), units, now);
        windows.set(subject, window);
        return { subject, ...window };
      });
    },
  };
}
