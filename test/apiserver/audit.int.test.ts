import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { AuditTrail } from '#src/apiserver/audit/trail.ts';
import { systemClock } from '#src/lib/clock.ts';

import { startHarness, widgetsPath, type Harness } from './support/harness.ts';
import { widget } from './support/objects.ts';

let api: Harness;
let text: string[] = [];

beforeAll(async () => {
  const sink = { add: (line: string) => text.push(line) };
  api = await startHarness({ audit: new AuditTrail(sink, systemClock) });
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

interface Event {
  readonly auditID: string;
  readonly stage: string;
  readonly annotations: Readonly<Record<string, string>>;
}

async function events(count: number): Promise<Event[]> {
  await vi.waitFor(() => expect(text).toHaveLength(count), 5_000);
  const found = text.map((line) => JSON.parse(line) as Event);
  text = [];
  return found;
}

test('who did what, to what, from where, and whether they might', async () => {
  const body = { ...widget({ name: 'audited' }), spec: { colour: 'body-marker' } };
  const headers = { 'user-agent': 'test/1' };
  const answer = await api.request('POST', `${widgetsPath}?dryRun=All`, { body, headers });
  const [event] = await events(1);
  expect(event).toMatchObject({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    stage: 'ResponseComplete',
    auditID: answer.headers['audit-id'],
    requestURI: `${widgetsPath}?dryRun=All`,
    verb: 'create',
    user: { username: 'admin', groups: ['system:masters', 'system:authenticated'] },
    sourceIPs: ['127.0.0.1'],
    userAgent: 'test/1',
    objectRef: {
      resource: 'widgets',
      namespace: 'test',
      apiGroup: 'example.dev',
      apiVersion: 'v1',
    },
    responseStatus: { code: 201 },
  });
  expect(event?.annotations['authorization.k8s.io/decision']).toBe('allow');
  expect(event?.annotations['apiserver.latency.k8s.io/total']).toMatch(/^\d+ms$/);
  expect(JSON.stringify(event)).not.toContain('body-marker');
});

test('refusals of every kind', async () => {
  await api.request('DELETE', `${widgetsPath}/x`, { token: api.bobToken });
  await api.request('GET', '/metrics', { token: null });
  await api.request('GET', widgetsPath, { token: 'wrong-marker' });
  await api.request('GET', '/a%5cb?token=query-marker');
  const all = await events(4);
  expect(all).toMatchObject([
    { verb: 'delete', user: { username: 'bob' }, responseStatus: { code: 403 } },
    { verb: 'get', user: { username: 'system:anonymous' }, responseStatus: { code: 403 } },
    { verb: 'list', user: { username: '' }, responseStatus: { code: 401 } },
    { requestURI: '/a%5cb?token=[hidden]', user: { username: '' }, responseStatus: { code: 400 } },
  ]);
  expect(all.map(({ annotations }) => annotations['authorization.k8s.io/decision'])).toEqual([
    'forbid',
    'forbid',
    undefined,
    undefined,
  ]);
  expect(JSON.stringify(all)).not.toContain('marker');
});

test('a watch when it has begun and when it has ended', async () => {
  const watch = await api.watch(`${widgetsPath}?watch=1`);
  const [begun] = await events(1);
  expect(begun).toMatchObject({ stage: 'ResponseStarted', responseStatus: { code: 200 } });
  watch.stop();
  const [ended] = await events(1);
  expect(ended).toMatchObject({ stage: 'ResponseComplete', auditID: begun?.auditID });
});
