import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { systemClock } from '#src/lib/clock.ts';
import { silentLogger } from '#src/lib/logger.ts';
import type { Binding, Role } from '#src/meta/rbac/types.ts';
import { followPolicy, policyResources, type Policy } from '#src/resources/rbac/policy.ts';
import { seenObjects } from '#src/resources/rbac/seen-objects.ts';
import { openRecord, type RecordDatabase } from '#src/store/open.ts';
import type { Key } from '#src/store/store.ts';
import { startTestDatabase, type TestDatabase } from '#test/support/postgres.ts';

/** Two servers on one database. */
let database: TestDatabase;
let records: readonly [RecordDatabase, RecordDatabase];
let policies: readonly [Policy, Policy];

beforeAll(async () => {
  database = await startTestDatabase();
  const { connection } = database;
  records = [
    await openRecord({ connection, logger: silentLogger }),
    await openRecord({ connection, logger: silentLogger }),
  ];
  policies = [await follow(records[0]), await follow(records[1])];
});

afterAll(async () => {
  for (const policy of policies) await policy[Symbol.asyncDispose]();
  for (const record of records) await record.close();
  await database.stop();
});

function follow({ objects }: RecordDatabase): Promise<Policy> {
  return followPolicy({ objects, clock: systemClock, logger: silentLogger });
}

const roleKey: Key = { resource: policyResources.clusterRoles, namespace: '', name: 'reader' };
const rule = { verbs: ['get'], apiGroups: [''], resources: ['secrets'] };

function bindingKey(name: string): Key {
  return { resource: policyResources.roleBindings, namespace: 'demo', name };
}

function binding(name: string): Binding {
  return {
    metadata: { name, namespace: 'demo' },
    roleRef: { kind: 'ClusterRole', name: 'reader' },
    subjects: [{ kind: 'User', name }],
  };
}

function rulesOf(policy: Policy, username: string): unknown[] {
  return [...policy.grants({ username, groups: [] }, 'demo')].map(({ rules }) => rules);
}

describe('the policy in memory', () => {
  test('knows a write of its own server as soon as that is answered', async () => {
    const objects = seenObjects(records[0].objects, policies[0]);
    await objects.create<Role>(roleKey, { metadata: { name: 'reader' }, rules: [rule] });
    for (let round = 0; round < 50; round += 1) {
      const name = `own-${round}`;
      const made = await objects.create(bindingKey(name), binding(name));
      expect(rulesOf(policies[0], name)).toEqual([[rule]]);
      await objects.delete(bindingKey(name), made.metadata.resourceVersion);
      expect(rulesOf(policies[0], name)).toEqual([]);
    }
  });

  test('learns of what another server writes', async () => {
    await records[0].objects.create(bindingKey('far'), binding('far'));
    await vi.waitFor(() => expect(rulesOf(policies[1], 'far')).toEqual([[rule]]), {
      timeout: 10_000,
      interval: 10,
    });
  });

  test('starts with what is there', async () => {
    await using late = await follow(records[1]);
    expect(rulesOf(late, 'far')).toEqual([[rule]]);
  });

  test('tells which namespace a change is about', async () => {
    const told: string[] = [];
    const stop = policies[0].onChange((namespace) => told.push(namespace));
    const objects = seenObjects(records[0].objects, policies[0]);
    await objects.create(bindingKey('told'), binding('told'));
    stop();
    await objects.delete(bindingKey('told'));
    expect(told).toEqual(['demo']);
  });
});
