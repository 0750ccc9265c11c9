import { expect, test } from 'vitest';
import { formatProblem } from './catalog-problem.ts';
import { lintCatalog } from './lint-catalog.ts';
import { loadCatalog } from './load-catalog.ts';
import { shippedCatalogDirectory } from './shipped-catalog.ts';

test('the shipped catalog has no problem, no notice, and its examples come out as they say', async () => {
  const { problems, notices } = await lintCatalog([shippedCatalogDirectory]);
  expect([...problems, ...notices].map(formatProblem)).toEqual([]);
});

test("the shipped catalog supports the contract's example case", async () => {
  const catalog = await loadCatalog([shippedCatalogDirectory]);
  const template = catalog.match({
    payerId: 'payer_aetna',
    planType: 'commercial',
    insuranceState: 'CA',
    serviceCode: 'J0791',
    codeSystem: 'hcpcs',
  });
  expect(template?.definition.id).toBe('aetna-adakveo-precert-2026-01');
});
