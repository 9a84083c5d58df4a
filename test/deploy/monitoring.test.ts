import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

import { createMetrics } from '#workers/metrics.ts';

const folder = new URL('../../deploy/monitoring/', import.meta.url);

interface Dashboard {
  readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[];
}
interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}

const dashboard = JSON.parse(readFileSync(new URL('dashboard.json', folder), 'utf8')) as Dashboard;
const { groups } = parse(readFileSync(new URL('alerts.yaml', folder), 'utf8')) as Rules;
const rules = groups.flatMap((group) => group.rules);

/** Names and labels of what a process with one of everything serves. */
async function served(): Promise<string> {
  const metrics = createMetrics();
  const queue = {
    depth: async () => ({ waiting: 1, active: 0, delayed: 0 }),
    oldestMs: async () => 1_000,
  };
  metrics.watch({
    queues: { import: queue },
    ledger: { lag: async () => ({ tags: 1, waiting: 1, heldBack: 0, lagMs: 5 }) },
    registries: {
      list: async () => [
        {
          host: 'registry-1.docker.io',
          blockedUntil: 0,
          heldUntil: 30_000,
          peopleUntil: 0,
          failures: 3,
          quota: { limit: 100, remaining: 7, seenAt: 0 },
          requests: 1,
          refused: 0,
          processes: 1,
          tags: 1,
          readAt: 10_000,
        },
      ],
    },
  });
  metrics.imported({ registry: 'docker.io', scheduled: true });
  metrics.imported({ registry: 'docker.io', scheduled: true, reason: 'NotFound' });
  metrics.checked('unchanged', 'docker.io');
  metrics.late(5);
  metrics.finished('check', 5);
  const request = { kind: 'registry', method: 'HEAD', url: '', ms: 1, attempt: 1 } as const;
  metrics.observe({
    type: 'request',
    ...request,
    host: 'registry-1.docker.io',
    reused: true,
    status: 429,
  });
  return (await metrics.source()).body;
}

function metricsIn(expression: string): string[] {
  return [...expression.matchAll(/\b(?:sluice|openshift)_\w+/gu)].map(([name]) => name);
}

test('every metric that the dashboard and the alerts name is served, with the labels that they use', async () => {
  const body = await served();
  const expressions = [
    ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ...rules.map(({ expr }) => expr),
  ];
  expect(expressions.length).toBeGreaterThan(15);
  const wrong = expressions.flatMap((expression) => {
    const names = metricsIn(expression);
    const labels = [...expression.matchAll(/by \(([^)]*)\)/gu)].flatMap(([, list = '']) =>
      list.split(',').map((label) => label.trim()),
    );
    const missing = names.flatMap((name) => {
      const lines = body
        .split('\n')
        .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
      if (lines.length === 0) return [name];
      return labels.filter((label) => !lines.some((line) => line.includes(`${label}="`)));
    });
    return names.length === 0 || missing.length > 0 ? [`${expression}: ${missing.join(', ')}`] : [];
  });
  expect(wrong).toEqual([]);
});

test('what is left of a quota and of a pause is shown under the name that people know', async () => {
  const body = await served();
  expect(body).toContain('sluice_registry_quota_remaining{registry="docker.io"} 7');
  expect(body).toContain('sluice_registry_left_alone_seconds{registry="docker.io",kind="hold"} 20');
  expect(body).toContain(
    'sluice_registry_requests_total{registry="docker.io",class="check",result="429"} 1',
  );
});

test('alerts have names of their own', () => {
  const names = rules.map(({ alert }) => alert);
  expect(new Set(names).size).toBe(names.length);
});
