import {
  createPostgresBackend,
  Queue,
  Worker,
  type ConnectionOptions,
  type Processor,
  type WorkerOptions,
} from 'bullmq';

import { poolConfig, type DatabaseConnection } from '#src/lib/database-connection.ts';

/** Where jobs are kept: on Redis (or Valkey) when there is a URL, else in the record's PostgreSQL. */
export type QueuePlace =
  | { readonly redisUrl: string }
  | { readonly database: DatabaseConnection; readonly redisUrl?: undefined };

/** Makes BullMQ's queues and workers on one backend; every one has connections of its own. */
export interface Backend {
  readonly kind: 'redis' | 'postgres';
  queue(name: string): Queue;
  /** A worker that takes jobs when it is told to run. */
  worker(name: string, processor: Processor, options: Omit<WorkerOptions, 'connection'>): Worker;
}

/** Keys in Redis begin with it and PostgreSQL's schema is named after it, so that others can use the same server. */
const namespace = 'sluice_queue';
/** Bound for the pause between attempts to reconnect, in milliseconds: workers are back soon after Redis is. */
const maxReconnectMs = 1_000;
/** Connections of one queue or worker on PostgreSQL, opened when needed and closed when idle. */
const maxPoolSize = 4;

/** The backend of a place. Nothing is connected before a queue or worker is made. */
export function backendOf(place: QueuePlace): Backend {
  const isRedis = place.redisUrl !== undefined;
  const connection = isRedis ? redisOptions(place.redisUrl) : postgresOptions(place.database);
  // The types of a queue depend on its backend; what is used here does not.
  const factory = (isRedis ? undefined : createPostgresBackend) as undefined;
  return {
    kind: isRedis ? 'redis' : 'postgres',
    queue: (name) => new Queue(name, { connection, prefix: namespace }, factory),
    worker: (name, processor, options) =>
      new Worker(
        name,
        processor,
        {
          ...options,
          autorun: false,
          runRetryDelay: maxReconnectMs,
          connection,
          prefix: namespace,
        },
        factory,
      ),
  };
}

function redisOptions(url: string): ConnectionOptions {
  return {
    url,
    // Commands wait for a Redis that is away; BullMQ insists on it for workers.
    maxRetriesPerRequest: null,
    retryStrategy: (attempt: number) => Math.min(50 * attempt, maxReconnectMs),
  };
}

function postgresOptions(database: DatabaseConnection): ConnectionOptions {
  return {
    ...poolConfig(database, 'queue'),
    schema: namespace,
    migrate: true,
    max: maxPoolSize,
    // A database that is away must not hold up a shutdown.
    connectionTimeoutMillis: 5_000,
    onConnect: outliveBreaks,
  };
}

/** A connection that breaks between two statements of its borrower would end the process; the next statement fails anyway. */
function outliveBreaks(connection: NodeJS.EventEmitter): void {
  connection.on('error', () => undefined);
}
