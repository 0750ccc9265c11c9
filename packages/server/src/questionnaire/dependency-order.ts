import type { DefinitionReport } from './definition-problems.ts';
import type { DraftCondition } from './enable-when.ts';
import type { DraftItem } from './read-definition.ts';

/**
 * Items so ordered that each comes after its parent and every question it asks, so that one pass settles which are
 * enabled (contract prior-auth.md, 5.4). Cycles are reported; the order is then of no use.
 */
export function orderByDependency(
  items: readonly DraftItem[],
  conditionsOf: ReadonlyMap<DraftItem, readonly DraftCondition[]>,
  report: DefinitionReport,
): readonly DraftItem[] {
  const order: DraftItem[] = [];
  const state = new Map<DraftItem, 'open' | 'done'>();
  const trail: DraftItem[] = [];
  const visit = (item: DraftItem): void => {
    const known = state.get(item);
    if (known === 'open') reportCycle([...trail.slice(trail.indexOf(item)), item], report);
    if (known !== undefined) return;
    state.set(item, 'open');
    trail.push(item);
    if (item.parent !== undefined) visit(item.parent);
    for (const { question } of conditionsOf.get(item) ?? []) visit(question);
    trail.pop();
    state.set(item, 'done');
    order.push(item);
  };
  for (const item of items) visit(item);
  return order;
}

function reportCycle(cycle: readonly DraftItem[], report: DefinitionReport): void {
  const steps = cycle.map(({ linkId }) => `"${linkId}"`).join(' -> ');
  report.addProblem(
    `${cycle[0]?.path ?? ''}.enableWhen`,
    `Whether the item is enabled depends on itself: ${steps}. An item depends on its parent and on the questions it asks.`,
    'Take one of these conditions out of the circle.',
  );
}
