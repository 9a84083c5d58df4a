import { Gauge, type Registry } from 'prom-client';

import type { WatchedParts } from '../metrics.ts';

/** What all processes see alike. The answer looks it up, once a scrape. */
export function addGauges(
  registry: Registry,
  { queues, ledger, registries }: WatchedParts,
): () => Promise<void> {
  const gauge = (name: string, help: string, labelNames: string[] = []): Gauge =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const jobs = gauge('sluice_queue_jobs', 'Jobs in a queue, by state', ['queue', 'state']);
  const age = gauge(
    'sluice_queue_oldest_job_seconds',
    'How long the oldest waiting job of a queue has waited',
    ['queue'],
  );
  const tags = gauge('sluice_schedule_tags', 'Scheduled tags');
  const waiting = gauge('sluice_schedule_waiting_tags', 'Tags that are due and not handed out');
  const heldBack = gauge(
    'sluice_schedule_held_back_tags',
    'Tags that are due on registries that are left alone',
  );
  const lag = gauge(
    'sluice_schedule_lag_seconds',
    'How long ago the oldest tag that waits was due',
  );
  const labels = ['registry'];
  const remaining = gauge(
    'sluice_registry_quota_remaining',
    "Requests that are left of a registry's quota",
    labels,
  );
  const limit = gauge('sluice_registry_quota_limit', "A registry's quota in requests", labels);
  const leftAlone = gauge(
    'sluice_registry_left_alone_seconds',
    'How long a registry is still left alone: by everybody (stop), or by the schedule (hold)',
    [...labels, 'kind'],
  );
  const failures = gauge(
    'sluice_registry_failures',
    'Times in a row that a registry was found not to answer',
    labels,
  );
  async function collect(): Promise<void> {
    for (const [queue, watched] of Object.entries(queues)) {
      for (const [state, count] of Object.entries(await watched.depth()))
        jobs.set({ queue, state }, Number(count));
      age.set({ queue }, (await watched.oldestMs()) / 1_000);
    }
    const schedule = await ledger.lag();
    tags.set(schedule.tags);
    waiting.set(schedule.waiting);
    heldBack.set(schedule.heldBack);
    lag.set(schedule.lagMs / 1_000);
    for (const each of [remaining, limit, leftAlone, failures]) each.reset();
    for (const state of await registries.list()) {
      const own = { registry: registryLabel(state.host) };
      if (state.quota?.remaining !== undefined) remaining.set(own, state.quota.remaining);
      if (state.quota?.limit !== undefined) limit.set(own, state.quota.limit);
      const left = (until: number): number => Math.max(0, until - state.readAt) / 1_000;
      leftAlone.set({ ...own, kind: 'stop' }, left(state.blockedUntil));
      leftAlone.set({ ...own, kind: 'hold' }, left(state.heldUntil));
      leftAlone.set({ ...own, kind: 'people' }, left(state.peopleUntil));
      failures.set(own, state.failures);
    }
  }
  return collect;
}

/** A registry as metrics name it. */
export function registryLabel(host: string): string {
  return host === 'registry-1.docker.io' ? 'docker.io' : host;
}
