import type { HealthCheck } from '#src/apiserver/health.ts';
import type { Queues } from '#src/queue/queues.ts';
import type { RecordDatabase } from '#src/store/open.ts';

/** What a server needs to be ready: the record, the queue, and not to be stopping. */
export function healthChecksOf(
  record: RecordDatabase,
  queues: Queues,
  isStopping: () => boolean,
): HealthCheck[] {
  return [
    {
      name: 'database',
      kind: 'ready',
      check: async () => {
        await record.objects.currentRevision();
      },
    },
    { name: 'queue', kind: 'ready', check: () => queues.ping() },
    {
      name: 'shutdown',
      kind: 'ready',
      check: () => (isStopping() ? Promise.reject(new Error('stopping')) : Promise.resolve()),
    },
  ];
}
