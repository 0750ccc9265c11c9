/** Which methods each path answers, to tell 405 from 404. Looked at only when no route matched. */
export class KnownPaths {
  readonly #methodsByTemplate = new Map<string, Set<string>>();
  readonly #patternByTemplate = new Map<string, RegExp>();

  add(template: string, methods: readonly string[]): void {
    const known = this.#methodsByTemplate.get(template) ?? new Set();
    for (const method of methods) known.add(method);
    this.#methodsByTemplate.set(template, known);
    this.#patternByTemplate.set(template, pathPattern(template));
  }

  /** Every route there is, as `GET /v1/things/:thingId`. */
  list(): string[] {
    return [...this.#methodsByTemplate].flatMap(([template, methods]) =>
      [...methods].map((method) => `${method} ${template}`),
    );
  }

  /** Methods of every route whose template fits the path, sorted; none when the path is unknown. */
  methodsFor(url: string): string[] {
    const path = url.split(/[?#]/, 1)[0] ?? '';
    const methods = new Set<string>();
    for (const [template, pattern] of this.#patternByTemplate) {
      if (!pattern.test(path)) continue;
      for (const method of this.#methodsByTemplate.get(template) ?? []) methods.add(method);
    }
    return [...methods].sort();
  }
}

/** Fits the paths that a route's template means. */
export function pathPattern(template: string): RegExp {
  const segments = template.split('/').map((segment) => {
    if (segment.startsWith(':')) return '[^/]+';
    return segment === '*' ? '.*' : segment.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  });
  return new RegExp(`^${segments.join('/')}$`);
}
