/** Scopes of tokens: `repository:NAME:ACTION[,ACTION]` (distribution, token scope documentation). */
export interface Scope {
  /** `repository:NAME`; the name may hold colons. */
  readonly resource: string;
  readonly actions: readonly string[];
}

/** What pulling from a repository needs. */
export function pullScope(repository: string): string {
  return `repository:${repository}:pull`;
}

/** Reads one scope; undefined when it is none. */
export function parseScope(text: string): Scope | undefined {
  const first = text.indexOf(':');
  const last = text.lastIndexOf(':');
  if (first < 1 || last <= first + 1) return undefined;
  const actions = text
    .slice(last + 1)
    .split(',')
    .filter(Boolean);
  return { resource: text.slice(0, last), actions };
}

/** An immutable set of scopes: actions of one resource are united, `*` covers all of them. */
export class ScopeSet {
  readonly #resources: ReadonlyMap<string, ReadonlySet<string>>;

  private constructor(resources: ReadonlyMap<string, ReadonlySet<string>>) {
    this.#resources = resources;
  }

  /** The set of these scopes; what is no scope is left out. */
  static of(...scopes: readonly string[]): ScopeSet {
    const resources = new Map<string, Set<string>>();
    for (const scope of scopes.map(parseScope)) {
      if (scope === undefined) continue;
      const actions = resources.get(scope.resource) ?? new Set<string>();
      for (const action of scope.actions) actions.add(action);
      resources.set(scope.resource, actions);
    }
    return new ScopeSet(resources);
  }

  add(scope: string): ScopeSet {
    return ScopeSet.of(...this.toArray(), scope);
  }

  /** True when a token for this set may do everything of the other. */
  covers(other: ScopeSet): boolean {
    return [...other.#resources].every(([resource, wanted]) => {
      const actions = this.#resources.get(resource);
      if (actions === undefined) return false;
      return actions.has('*') || [...wanted].every((action) => actions.has(action));
    });
  }

  /** Sorted. */
  toArray(): string[] {
    return [...this.#resources]
      .map(([resource, actions]) => {
        const list = actions.has('*') ? ['*'] : [...actions].toSorted();
        return `${resource}:${list.join(',')}`;
      })
      .toSorted();
  }

  /** Equal for equal sets. */
  key(): string {
    return this.toArray().join(' ');
  }
}
