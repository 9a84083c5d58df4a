import type { KubeObject } from '#src/meta/object.ts';
import type { PolicyRule } from '#src/meta/rbac/types.ts';

import { alignColumns } from '../output/table.ts';
import type { Session } from '../session.ts';

interface RulesReview extends KubeObject {
  readonly status: {
    readonly resourceRules?: readonly PolicyRule[];
    readonly nonResourceRules?: readonly PolicyRule[];
    readonly incomplete?: boolean;
    readonly evaluationError?: string;
  };
}

/** One line of the list: what is allowed on a resource, or on a path. */
interface Line {
  readonly resource: string;
  readonly urls: readonly string[];
  readonly names: readonly string[];
  readonly verbs: Set<string>;
}

/** Everything that the caller may do in the namespace, as `kubectl auth can-i --list`. */
export async function printRules(session: Session, withHeaders: boolean): Promise<void> {
  const { status } = await session.api().request<RulesReview>({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
    body: {
      kind: 'SelfSubjectRulesReview',
      apiVersion: 'authorization.k8s.io/v1',
      spec: { namespace: session.namespace() },
    },
  });
  if (status.incomplete === true)
    session.err(`warning: the list may be incomplete: ${status.evaluationError ?? ''}\n`);
  const headers = [['Resources', 'Non-Resource URLs', 'Resource Names', 'Verbs']];
  const lines = linesOf([...(status.resourceRules ?? []), ...(status.nonResourceRules ?? [])]);
  const rows = lines.map(({ resource, urls, names, verbs }) => [
    resource,
    goList(urls),
    goList(names),
    goList([...verbs]),
  ]);
  session.out(alignColumns([...(withHeaders ? headers : []), ...rows]));
}

/** A line for each resource and each path, with the verbs of all rules about it. */
function linesOf(rules: readonly PolicyRule[]): Line[] {
  const lines = new Map<string, Line>();
  for (const { verbs = [], resourceNames: names = [], ...rule } of rules)
    for (const place of placesOf(rule)) {
      const key = JSON.stringify([place, names]);
      const line = lines.get(key) ?? { ...place, names, verbs: new Set<string>() };
      for (const verb of verbs) line.verbs.add(verb);
      lines.set(key, line);
    }
  return [...lines.values()].toSorted((a, b) => compare(a.resource, b.resource));
}

function placesOf(rule: PolicyRule): Pick<Line, 'resource' | 'urls'>[] {
  const { apiGroups = [], resources = [], nonResourceURLs = [] } = rule;
  return [
    ...nonResourceURLs.map((url) => ({ resource: '', urls: [url] })),
    ...apiGroups.flatMap((group) =>
      resources.map((resource) => ({ resource: qualified(resource, group), urls: [] })),
    ),
  ];
}

/** `imagestreams.image.openshift.io/layers` */
function qualified(resource: string, group: string): string {
  const [plural = '', subresource] = resource.split(/\/(.*)/s);
  const name = group === '' ? plural : `${plural}.${group}`;
  return subresource === undefined ? name : `${name}/${subresource}`;
}

function goList(values: readonly string[]): string {
  return `[${values.join(' ')}]`;
}

/** Paths, which have no resource, come last. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  if (a === '' || b === '') return a === '' ? 1 : -1;
  return a < b ? -1 : 1;
}
