import { canonicalQuantity } from './answer-values.ts';
import type { CompiledItem } from './compiled-questionnaire.ts';
import type { AnswerValue, Coding, Quantity } from './types.ts';

/**
 * The form an answer is stored in: a chosen option as the questionnaire spells it (display, system and version filled
 * in), a quantity with the unit the item offers. A value that fits no option or unit is kept as it came;
 * `evaluateAnswers` reports it.
 */
export function canonicalAnswer(item: CompiledItem, value: AnswerValue): AnswerValue {
  if (item.options !== undefined) return item.options.find(value)?.value ?? value;
  if (value.valueQuantity !== undefined && item.units.length > 0) {
    return { valueQuantity: withUnit(value.valueQuantity, item.units) };
  }
  return value;
}

function withUnit(quantity: Quantity, units: readonly Coding[]): Quantity {
  const bare = quantity.unit === undefined && quantity.code === undefined;
  // Without a unit the only one offered is meant; among several nothing is guessed.
  const unit = bare ? (units.length === 1 ? units[0] : undefined) : findUnit(quantity, units);
  if (unit === undefined) return quantity;
  const { value, comparator } = quantity;
  return canonicalQuantity({
    ...(value === undefined ? undefined : { value }),
    ...(comparator === undefined ? undefined : { comparator }),
    ...unitOf(unit),
  });
}

/** The offered unit a quantity is given in: the same code, or a unit text equal to the code or the display. */
export function findUnit(quantity: Quantity, units: readonly Coding[]): Coding | undefined {
  const { code, system, unit: text } = quantity;
  return units.find((unit) => {
    if (code !== undefined && unit.code !== undefined) {
      // Who names no system is taken at the code.
      return (
        code === unit.code && (system === undefined || unit.system === undefined || system === unit.system)
      );
    }
    return text !== undefined && (text === unit.code || text === unit.display);
  });
}

function unitOf({ system, code, display }: Coding): Quantity {
  const unit = display ?? code;
  return {
    ...(unit === undefined ? undefined : { unit }),
    ...(system === undefined ? undefined : { system }),
    ...(code === undefined ? undefined : { code }),
  };
}
