import { describe, expect, test } from 'vitest';

import { describeRules, missingRules } from '#src/meta/rbac/covers.ts';
import type { PolicyRule } from '#src/meta/rbac/types.ts';

interface Case {
  readonly name: string;
  readonly held: PolicyRule[];
  readonly wanted: PolicyRule[];
  /** As the refusal lists it. */
  readonly missing: string[];
}

const pods: PolicyRule = { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] };

const cases: Case[] = [
  { name: 'the same rule is held', held: [pods], wanted: [pods], missing: [] },
  {
    name: 'everything covers everything',
    held: [
      { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
      { verbs: ['*'], nonResourceURLs: ['*'] },
    ],
    wanted: [
      pods,
      { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
      { verbs: ['get'], nonResourceURLs: ['/metrics', '/x/*'] },
    ],
    missing: [],
  },
  {
    name: 'two rules together cover one',
    held: [
      { verbs: ['get'], apiGroups: [''], resources: ['pods'] },
      { verbs: ['list'], apiGroups: [''], resources: ['pods'] },
    ],
    wanted: [pods],
    missing: [],
  },
  {
    name: 'verbs of one resource are listed together',
    held: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }],
    wanted: [{ verbs: ['get', 'list', 'watch'], apiGroups: [''], resources: ['pods', 'secrets'] }],
    missing: [
      '{APIGroups:[""], Resources:["pods"], Verbs:["list" "watch"]}',
      '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list" "watch"]}',
    ],
  },
  {
    name: 'the star of a verb is more than every verb that is known',
    held: [pods],
    wanted: [{ verbs: ['*'], apiGroups: [''], resources: ['pods'] }],
    missing: ['{APIGroups:[""], Resources:["pods"], Verbs:["*"]}'],
  },
  {
    name: 'a rule for one name does not cover all names',
    held: [{ ...pods, resourceNames: ['a'] }],
    wanted: [pods, { ...pods, resourceNames: ['a', 'b'] }],
    missing: [
      '{APIGroups:[""], Resources:["pods"], ResourceNames:["b"], Verbs:["get" "list"]}',
      '{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}',
    ],
  },
  {
    name: 'a resource does not cover its subresources, the star before a slash does',
    held: [{ verbs: ['get'], apiGroups: ['apps'], resources: ['deployments', '*/scale'] }],
    wanted: [
      { verbs: ['get'], apiGroups: ['apps'], resources: ['deployments/scale'] },
      { verbs: ['get'], apiGroups: ['apps'], resources: ['deployments/status'] },
    ],
    missing: ['{APIGroups:["apps"], Resources:["deployments/status"], Verbs:["get"]}'],
  },
  {
    name: 'a path with a star covers what begins like it',
    held: [{ verbs: ['get'], nonResourceURLs: ['/apis/*'] }],
    wanted: [{ verbs: ['get'], nonResourceURLs: ['/apis/x', '/api'] }],
    missing: ['{NonResourceURLs:["/api"], Verbs:["get"]}'],
  },
];

const many = (name: string): string[] =>
  Array.from({ length: 200 }, (_, index) => `${name}${index}`);
/** Eight million single permissions. */
const huge = { verbs: many('v'), apiGroups: many('g'), resources: many('r') };

test('a rule that comes to too many permissions is missing as a whole, and no rule behind it is taken apart', () => {
  const small = { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] };
  expect(missingRules([], [huge, small])).toEqual([huge, small]);
  expect(missingRules([], [small, huge])).toHaveLength(3);
});

test('however much a rule comes to, it is not missing where one rule gives all of it', () => {
  const everything = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };
  expect(missingRules([everything], [huge, { ...huge, resourceNames: ['a'] }])).toEqual([]);
});

describe('what is missing for a rule', () => {
  test.for(cases)('$name', ({ held, wanted, missing }) => {
    expect(describeRules(missingRules(held, wanted))).toEqual(missing);
  });
});
