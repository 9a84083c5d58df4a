import { describe, expect, test } from 'vitest';

import type { Attributes } from '#src/apiserver/authorize/authorizer.ts';
import { PolicyIndex } from '#src/apiserver/authorize/rbac/policy-index.ts';
import { rbacAuthorizer } from '#src/apiserver/authorize/rbac/rbac-authorizer.ts';
import { ruleAllows } from '#src/apiserver/authorize/rbac/rule.ts';
import type { PolicyRule, Subject } from '#src/meta/rbac/types.ts';

const asked: Attributes = {
  user: { username: 'bob', groups: ['devs', 'system:authenticated'] },
  verb: 'get',
  resourceRequest: true,
  group: 'image.openshift.io',
  resource: 'imagestreams',
  subresource: '',
  name: 'app',
  namespace: 'demo',
  path: '/apis/image.openshift.io/v1/namespaces/demo/imagestreams/app',
};

const streams: PolicyRule = {
  verbs: ['get'],
  apiGroups: ['image.openshift.io'],
  resources: ['imagestreams'],
};

interface Case {
  readonly name: string;
  readonly rule: PolicyRule;
  readonly asks?: Partial<Attributes>;
  readonly allowed: boolean;
}

const path = { resourceRequest: false, group: '', resource: '', name: '', namespace: '' };
const url = (nonResourceURLs: string[]): PolicyRule => ({ verbs: ['get'], nonResourceURLs });

const cases: Case[] = [
  { name: 'the resource', rule: streams, allowed: true },
  { name: 'another verb', rule: streams, asks: { verb: 'list' }, allowed: false },
  { name: 'every verb', rule: { ...streams, verbs: ['*'] }, asks: { verb: 'x' }, allowed: true },
  { name: 'another group', rule: { ...streams, apiGroups: [''] }, allowed: false },
  { name: 'every group', rule: { ...streams, apiGroups: ['*'] }, allowed: true },
  { name: 'a subresource', rule: streams, asks: { subresource: 'layers' }, allowed: false },
  {
    name: 'the subresource that is named',
    rule: { ...streams, resources: ['imagestreams/layers'] },
    asks: { subresource: 'layers' },
    allowed: true,
  },
  {
    name: 'the resource when only its subresource is named',
    rule: { ...streams, resources: ['imagestreams/layers'] },
    allowed: false,
  },
  {
    name: 'the subresource of any resource',
    rule: { ...streams, resources: ['*/layers'] },
    asks: { subresource: 'layers' },
    allowed: true,
  },
  {
    name: 'every resource, subresources too',
    rule: { ...streams, resources: ['*'] },
    asks: { subresource: 'layers' },
    allowed: true,
  },
  { name: 'the name', rule: { ...streams, resourceNames: ['app'] }, allowed: true },
  { name: 'another name', rule: { ...streams, resourceNames: ['x'] }, allowed: false },
  {
    name: 'no name where one is asked for',
    rule: { ...streams, resourceNames: ['app'] },
    asks: { name: '' },
    allowed: false,
  },
  { name: 'a path for a rule about resources', rule: streams, asks: path, allowed: false },
  {
    name: 'a path',
    rule: url(['/metrics']),
    asks: { ...path, path: '/metrics' },
    allowed: true,
  },
  {
    name: 'a path below one without a star',
    rule: url(['/metrics']),
    asks: { ...path, path: '/metrics/x' },
    allowed: false,
  },
  {
    name: 'a path that begins like one with a star',
    rule: url(['/apis/*']),
    asks: { ...path, path: '/apis/x/v1' },
    allowed: true,
  },
  {
    name: 'the path without what the star stands behind',
    rule: url(['/apis/*']),
    asks: { ...path, path: '/apis' },
    allowed: false,
  },
  { name: 'any path', rule: url(['*']), asks: { ...path, path: '/x' }, allowed: true },
  { name: 'a resource for a rule about paths', rule: url(['*']), allowed: false },
];

describe('a rule', () => {
  test.for(cases)('$name: $allowed', ({ rule, asks, allowed }) => {
    expect(ruleAllows(rule, { ...asked, ...asks })).toBe(allowed);
  });
});

function indexOf(
  subject: Subject,
  { clusterwide = false, kind = 'ClusterRole' }: { clusterwide?: boolean; kind?: string } = {},
): PolicyIndex {
  const index = new PolicyIndex();
  index.setRole('', 'reader', [streams]);
  index.setRole('demo', 'local', [streams]);
  index.setBinding(clusterwide ? '' : 'demo', 'readers', {
    metadata: {},
    roleRef: { kind, name: kind === 'Role' ? 'local' : 'reader' },
    subjects: [subject],
  });
  return index;
}

const bob: Subject = { kind: 'User', name: 'bob' };

describe('the authorizer', () => {
  test('a binding of a namespace gives a cluster role there and nowhere else', async () => {
    const authorizer = rbacAuthorizer(indexOf(bob));
    expect(await authorizer.authorize(asked)).toEqual({
      decision: 'allow',
      reason: 'RBAC: allowed by RoleBinding "readers/demo" of ClusterRole "reader" to User "bob"',
    });
    for (const namespace of ['other', ''])
      expect(await authorizer.authorize({ ...asked, namespace })).toEqual({
        decision: 'none',
        reason: '',
      });
  });

  test('a binding of the cluster gives it in every namespace and outside', async () => {
    const authorizer = rbacAuthorizer(
      indexOf({ kind: 'Group', name: 'devs' }, { clusterwide: true }),
    );
    for (const namespace of ['demo', 'other', ''])
      expect(await authorizer.authorize({ ...asked, namespace })).toEqual({
        decision: 'allow',
        reason:
          'RBAC: allowed by ClusterRoleBinding "readers" of ClusterRole "reader" to Group "devs"',
      });
  });

  test('a role of the namespace is not one of the cluster', async () => {
    const index = indexOf(bob, { kind: 'Role' });
    expect((await rbacAuthorizer(index).authorize(asked)).decision).toBe('allow');
    index.setBinding('', 'wide', {
      metadata: {},
      roleRef: { kind: 'Role', name: 'reader' },
      subjects: [bob],
    });
    expect((await rbacAuthorizer(index).authorize({ ...asked, namespace: '' })).decision).toBe(
      'none',
    );
  });

  test('a service account is its user name, in the namespace of the binding unless it says another', async () => {
    const user = { username: 'system:serviceaccount:demo:ci', groups: [] };
    const own = rbacAuthorizer(indexOf({ kind: 'ServiceAccount', name: 'ci' }));
    const other = rbacAuthorizer(
      indexOf({ kind: 'ServiceAccount', name: 'ci', namespace: 'other' }),
    );
    expect((await own.authorize({ ...asked, user })).reason).toContain('ServiceAccount "ci/demo"');
    expect((await other.authorize({ ...asked, user })).decision).toBe('none');
  });

  test('a role that is missing is named, and does not hide others', async () => {
    const index = indexOf(bob);
    index.setBinding('', 'a', {
      metadata: {},
      roleRef: { kind: 'ClusterRole', name: 'gone' },
      subjects: [bob],
    });
    const authorizer = rbacAuthorizer(index);
    expect((await authorizer.authorize(asked)).decision).toBe('allow');
    expect(await authorizer.authorize({ ...asked, verb: 'delete' })).toEqual({
      decision: 'none',
      reason: 'RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found',
    });
  });

  test('what was taken away or changed counts no more', async () => {
    const index = indexOf(bob);
    const authorizer = rbacAuthorizer(index);
    index.setBinding('demo', 'readers', {
      metadata: {},
      roleRef: { kind: 'ClusterRole', name: 'reader' },
      subjects: [{ kind: 'User', name: 'carol' }],
    });
    expect((await authorizer.authorize(asked)).decision).toBe('none');
    index.setBinding('demo', 'readers', {
      metadata: {},
      roleRef: { kind: 'ClusterRole', name: 'reader' },
      subjects: [bob],
    });
    index.removeRole('', 'reader');
    expect((await authorizer.authorize(asked)).decision).toBe('none');
    index.setRole('', 'reader', [streams]);
    expect((await authorizer.authorize(asked)).decision).toBe('allow');
    index.removeBinding('demo', 'readers');
    expect((await authorizer.authorize(asked)).decision).toBe('none');
  });

  test('who may do something is told from both scopes', () => {
    const index = indexOf(bob);
    index.setBinding('', 'wide', {
      metadata: {},
      roleRef: { kind: 'ClusterRole', name: 'reader' },
      subjects: [
        { kind: 'Group', name: 'devs' },
        { kind: 'ServiceAccount', name: 'ci', namespace: 'x' },
      ],
    });
    expect(index.holders(asked)).toEqual({
      users: ['bob', 'system:serviceaccount:x:ci'],
      groups: ['devs'],
    });
    expect(index.holders({ ...asked, namespace: '' })).toEqual({
      users: ['system:serviceaccount:x:ci'],
      groups: ['devs'],
    });
    expect(index.holders({ ...asked, verb: 'delete' })).toEqual({ users: [], groups: [] });
  });
});
