import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';

import type { MetricsSource } from '#src/apiserver/paths.ts';
import type { ClientEvent } from '#src/oci/events.ts';
import type { LedgerLag } from '#src/store/ledger.ts';
import type { QueueDepth } from '#src/queue/producers.ts';
import type { RegistryState } from '#src/store/registries.ts';

import type { ImportMetrics } from './import/deps.ts';
import { addGauges, registryLabel } from './metrics/gauges.ts';

/** A queue as metrics look at it. */
export interface WatchedQueue {
  depth(): Promise<QueueDepth>;
  /** Milliseconds that the oldest waiting job has waited. */
  oldestMs(): Promise<number>;
}

/** What is asked at each scrape. */
export interface WatchedParts {
  readonly queues: Readonly<Record<string, WatchedQueue>>;
  readonly ledger: { lag(): Promise<LedgerLag> };
  readonly registries: { list(): Promise<readonly RegistryState[]> };
}

/** What `/metrics` shows of a process. */
export interface Metrics extends ImportMetrics {
  readonly source: MetricsSource;
  /** Counts lines of the audit log. */
  audited(outcome: 'written' | 'dropped', lines: number): void;
  /** Hears what the registry client does. */
  readonly observe: (event: ClientEvent) => void;
  /** Shows the queues, the schedule and the registries as all processes see them. */
  watch(parts: WatchedParts): void;
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
  let lookUp: (() => Promise<void>) | undefined;
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
    observe: observer(registers),
    watch: (parts) => {
      lookUp = addGauges(registry, parts);
    },
    source: async () => {
      await lookUp?.();
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}

function observer(registers: Registry[]): Metrics['observe'] {
  const requests = new Counter({
    name: 'sluice_registry_requests_total',
    help: 'Requests to registries and token servers, by what was asked and the answer',
    labelNames: ['registry', 'class', 'result'],
    registers,
  });
  const latencies = new Histogram({
    name: 'sluice_registry_request_duration_seconds',
    help: 'How long requests to registries took',
    labelNames: ['registry', 'class'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 45],
    registers,
  });
  return (event) => {
    if (event.type !== 'request') return;
    const labels = { registry: registryLabel(event.host), class: classOf(event) };
    requests.inc({ ...labels, result: resultOf(event) });
    latencies.observe(labels, event.ms / 1_000);
  };
}

type RequestEvent = Extract<ClientEvent, { type: 'request' }>;

function classOf({ kind, method, url }: RequestEvent): string {
  if (kind === 'token') return 'token';
  if (method === 'HEAD') return 'check';
  if (url.includes('/blobs/')) return 'blob';
  if (url.includes('/tags/list')) return 'tags';
  return url.includes('/manifests/') ? 'manifest' : 'other';
}

/** 401 and 429 by themselves, as they are no failures. */
function resultOf({ status, error }: RequestEvent): string {
  if (status === undefined) return error ?? 'error';
  return status === 401 || status === 429 ? String(status) : `${Math.floor(status / 100)}xx`;
}
