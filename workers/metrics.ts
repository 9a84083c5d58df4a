import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

import type { MetricsSource } from '#src/apiserver/paths.ts';
import type { QueueDepth } from '#src/queue/producers.ts';

import type { ImportMetrics } from './import/deps.ts';

/** What `/metrics` shows of a process. */
export interface Metrics extends ImportMetrics {
  readonly source: MetricsSource;
  /** Counts lines of the audit log. */
  audited(outcome: 'written' | 'dropped', lines: number): void;
  /** Shows how many jobs stand where, asked for at each scrape. */
  watchQueue(queue: string, depth: () => Promise<QueueDepth>): void;
}

const importBucketsSeconds = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** Counters of imports under OpenShift's names (scheduling.md 4), the rest under `sluice_`. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const successes = new Counter({
    name: 'openshift_imagestreamcontroller_success_count',
    help: 'Images imported',
    labelNames: ['scheduled', 'registry'],
    registers,
  });
  const errors = new Counter({
    name: 'openshift_imagestreamcontroller_error_count',
    help: 'Images that could not be imported, by reason',
    labelNames: ['scheduled', 'registry', 'reason'],
    registers,
  });
  const checks = new Counter({
    name: 'sluice_schedule_checks_total',
    help: 'Checks of scheduled tags, by what they found',
    labelNames: ['outcome', 'registry'],
    registers,
  });
  const durations = new Histogram({
    name: 'sluice_job_duration_seconds',
    help: 'From the moment a job was due until its result was on record',
    labelNames: ['kind'],
    buckets: importBucketsSeconds,
    registers,
  });
  const lateness = new Histogram({
    name: 'sluice_schedule_lateness_seconds',
    help: 'How long after its turn the oldest tag of a check was checked',
    buckets: [0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600],
    registers,
  });
  const audited = new Counter({
    name: 'sluice_audit_events_total',
    help: 'Lines of the audit log, by whether they are on file',
    labelNames: ['outcome'],
    registers,
  });
  const depths = new Map<string, () => Promise<QueueDepth>>();
  registry.registerMetric(
    new Gauge({
      name: 'sluice_queue_jobs',
      help: 'Jobs in a queue, by state',
      labelNames: ['queue', 'state'],
      registers: [],
      async collect() {
        for (const [queue, depth] of depths)
          for (const [state, count] of Object.entries(await depth()))
            this.set({ queue, state }, Number(count));
      },
    }),
  );
  return {
    imported: ({ registry: host, scheduled, reason }) => {
      const labels = { scheduled: String(scheduled), registry: host };
      if (reason === undefined) successes.inc(labels);
      else errors.inc({ ...labels, reason });
    },
    checked: (outcome, host) => checks.inc({ outcome, registry: host }),
    finished: (kind, ms) => durations.observe({ kind }, ms / 1_000),
    late: (ms) => lateness.observe(ms / 1_000),
    audited: (outcome, lines) => audited.inc({ outcome }, lines),
    watchQueue: (queue, depth) => depths.set(queue, depth),
    source: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}
