import { expect, test } from 'vitest';

import { staleRoles } from '#src/meta/rbac/aggregate.ts';
import type { ClusterRole, PolicyRule } from '#src/meta/rbac/types.ts';

function rule(resource: string): PolicyRule {
  return { verbs: ['get'], apiGroups: [''], resources: [resource] };
}

function role(name: string, rules: PolicyRule[], labels: Record<string, string> = {}): ClusterRole {
  return { metadata: { name, labels }, rules };
}

function made(name: string, of: string, labels: Record<string, string> = {}): ClusterRole {
  return {
    ...role(name, [], labels),
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [of]: 'true' } }] },
  };
}

test('a role of roles of roles has all their rules', () => {
  const stale = staleRoles([
    made('admin', 'to-admin'),
    made('edit', 'to-edit', { 'to-admin': 'true' }),
    made('view', 'to-view', { 'to-edit': 'true' }),
    role('a', [rule('pods')], { 'to-view': 'true' }),
    role('b', [rule('secrets'), rule('pods')], { 'to-admin': 'true', 'to-edit': 'true' }),
    role('c', [rule('nodes')]),
  ]);
  expect(
    Object.fromEntries(
      stale.map((each) => [
        each.role.metadata.name,
        new Set(each.rules.map(({ resources }) => resources?.[0])),
      ]),
    ),
  ).toEqual({
    admin: new Set(['pods', 'secrets']),
    edit: new Set(['pods', 'secrets']),
    view: new Set(['pods']),
  });
});

test('what is up to date is left alone, and a rule that nobody has any more goes away', () => {
  const view = { ...made('view', 'to-view'), rules: [rule('pods')] };
  const source = role('a', [rule('pods')], { 'to-view': 'true' });
  expect(staleRoles([view, source])).toEqual([]);
  expect(staleRoles([view, { ...source, rules: [] }])).toEqual([{ role: view, rules: [] }]);
});

test('expressions select too, and one that means nothing selects nothing', () => {
  const source = role('a', [rule('pods')], { tier: 'x' });
  const selected = (operator: string, values?: string[]): number =>
    staleRoles([
      {
        metadata: { name: 'made' },
        aggregationRule: {
          clusterRoleSelectors: [
            {
              matchExpressions: [
                { key: 'tier', operator, ...(values === undefined ? {} : { values }) },
              ],
            },
          ],
        },
      },
      source,
    ]).length;
  expect([
    selected('In', ['x', 'y']),
    selected('NotIn', ['x']),
    selected('Exists'),
    selected('DoesNotExist'),
    selected('constructor'),
  ]).toEqual([1, 0, 1, 0, 0]);
});
