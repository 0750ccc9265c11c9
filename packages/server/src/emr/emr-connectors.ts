import type { CallBudgetDependencies } from './call-budget.ts';
import { createCallBudget } from './call-budget.ts';
import {
  type EmrConnectorFactory,
  type EmrConnectors,
  EmrReadError,
  emrConnectorRegistry,
} from './connector.ts';

/** Kinds of EMR and, for accounts, connectors that share their account's call budget with all other processes. */
export function createEmrConnectors(
  dependencies: CallBudgetDependencies,
  factories: readonly EmrConnectorFactory[],
): EmrConnectors {
  const registry = emrConnectorRegistry(factories);
  return {
    ...registry,
    open(kind, account) {
      const factory = registry.factoryFor(kind);
      if (factory === undefined) throw new EmrReadError('rejected', `This server has no connector ${kind}.`);
      const callsPerMinute = factory.callsPerMinute(account.settings);
      return factory.open(account, createCallBudget(dependencies, account, callsPerMinute));
    },
  };
}
