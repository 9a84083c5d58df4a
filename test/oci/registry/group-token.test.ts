import { expect, test } from 'vitest';

import { pullScope } from '#src/oci/auth/scope.ts';
import { groupScopes } from '#src/oci/registry/group-token.ts';

const many = Array.from({ length: 20 }, (_, index) => `acme/app${String(index).padStart(2, '0')}`);

test.for<{ name: string; repository: string; group: readonly string[] | undefined }>([
  { name: 'without a group', repository: 'acme/app00', group: undefined },
  { name: 'in an empty group', repository: 'acme/app00', group: [] },
  { name: 'alone in its group', repository: 'acme/app00', group: ['acme/app00'] },
  { name: 'several times in its group', repository: 'a', group: ['a', 'a'] },
  { name: 'in a group of others', repository: 'acme/other', group: many },
  { name: 'that is the registry itself', repository: '', group: ['', 'acme/app00'] },
])('a repository $name has a token of its own', ({ repository, group }) => {
  expect(groupScopes(repository, group)).toBeUndefined();
});

test('repositories of a group share a token that may pull from each of them, once', () => {
  const scopes = groupScopes('b', ['b', 'a', 'b', 'c']);
  expect(scopes?.toArray()).toEqual(['a', 'b', 'c'].map(pullScope));
});

test('a token is for sixteen repositories at most: the first of the group, whoever asks', () => {
  const first = many.slice(0, 16).map(pullScope);
  expect(groupScopes('acme/app00', many)?.toArray()).toEqual(first);
  expect(groupScopes('acme/app19', many)?.toArray()).toEqual(first);
});
