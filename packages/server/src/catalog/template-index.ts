import type { TemplateMatch } from './template.ts';

/** The template key of the contract (prior-auth.md, 5.6). */
export interface CaseKey {
  readonly payerId: string;
  readonly planType: string;
  /** Two-letter state. */
  readonly insuranceState: string;
  readonly serviceCode: string;
  readonly codeSystem: string;
}

/**
 * Templates by every case they are for. A lookup is at most four map reads, however many templates there are: plan and
 * state named, then one of them, then neither. Service codes are compared without regard to case.
 */
export class TemplateIndex<T> {
  readonly #byCase = new Map<string, T>();

  find({ payerId, planType, insuranceState, serviceCode, codeSystem }: CaseKey): T | undefined {
    const service = serviceKey(payerId, codeSystem, serviceCode);
    return (
      this.#byCase.get(caseKey(service, planType, insuranceState)) ??
      this.#byCase.get(caseKey(service, planType, '*')) ??
      this.#byCase.get(caseKey(service, '*', insuranceState)) ??
      this.#byCase.get(caseKey(service, '*', '*'))
    );
  }

  /** Returns the templates that are already there for exactly the same cases; nothing is replaced. */
  add(match: TemplateMatch, template: T): ReadonlySet<T> {
    const taken = new Set<T>();
    for (const key of listKeys(match)) {
      const present = this.#byCase.get(key);
      if (present === undefined) this.#byCase.set(key, template);
      else taken.add(present);
    }
    return taken;
  }

  /**
   * Templates that name states for every plan type where `match` names plan types for every state: for those cases
   * neither is more specific, unless a third names both.
   */
  findCrossing(match: TemplateMatch, states: ReadonlySet<string>): ReadonlySet<T> {
    const crossing = new Set<T>();
    if (!match.states.includes('*')) return crossing;
    for (const code of match.service.codes) {
      const service = serviceKey(match.payerId, match.service.codeSystem, code);
      for (const planType of match.planTypes.filter((plan) => plan !== '*')) {
        for (const state of states) {
          const other = this.#byCase.get(caseKey(service, '*', state));
          if (other !== undefined && !this.#byCase.has(caseKey(service, planType, state)))
            crossing.add(other);
        }
      }
    }
    return crossing;
  }
}

function listKeys({ payerId, planTypes, states, service }: TemplateMatch): readonly string[] {
  return service.codes.flatMap((code) => {
    const prefix = serviceKey(payerId, service.codeSystem, code);
    return planTypes.flatMap((planType) => states.map((state) => caseKey(prefix, planType, state)));
  });
}

function serviceKey(payerId: string, codeSystem: string, code: string): string {
  return `${payerId}|${codeSystem}|${code.toUpperCase()}`;
}

function caseKey(service: string, planType: string, state: string): string {
  return `${service}|${planType}|${state}`;
}
