/** An installation whose streams have been imported already: PostgreSQL, a server, two workers, and Redis or not. */
import { identityOf } from '#src/controllers/streams.ts';
import { statusTag } from '#src/domain/history.ts';
import { scheduleOf } from '#src/domain/schedule.ts';
import type { ImageStream } from '#src/domain/types.ts';
import { silentLogger } from '#src/lib/logger.ts';
import { openRecord, type RecordDatabase } from '#src/store/open.ts';
import { externalTag, imageStream, streamKeyOf } from '#test/controllers/support/streams.ts';
import { startTestDatabase, type TestDatabase } from '#test/support/postgres.ts';
import { startServer, startWorker } from '#test/support/server.ts';
import { startRedis } from '#test/support/services/redis.ts';
import { tempDir } from '#test/support/temp-dir.ts';

import { peakRssMiB, treeUsage } from './measure.ts';

/** A scheduled tag of the installation. */
export interface FollowedTag {
  readonly host: string;
  readonly repository: string;
  readonly tag: string;
  /** Where it is when it all begins. */
  readonly digest: string;
}

export interface ScheduleWorldOptions {
  readonly queue: 'redis' | 'postgres';
  readonly tags: readonly FollowedTag[];
  readonly periodSeconds: number;
}

export interface Costs {
  readonly seconds: number;
  /** By process. */
  readonly cpuSeconds: Readonly<Record<string, number>>;
  /** Of the largest worker. */
  readonly peakRssMiB: number;
}

const namespace = 'default';
const workers = 2;

export class ScheduleWorld implements AsyncDisposable {
  readonly #parts: AsyncDisposableStack;
  readonly #options: ScheduleWorldOptions;
  readonly #record: RecordDatabase;
  readonly #pids: Readonly<Record<string, number>>;

  private constructor(
    parts: AsyncDisposableStack,
    options: ScheduleWorldOptions,
    record: RecordDatabase,
    pids: Readonly<Record<string, number>>,
  ) {
    this.#parts = parts;
    this.#options = options;
    this.#record = record;
    this.#pids = pids;
  }

  static async start(options: ScheduleWorldOptions): Promise<ScheduleWorld> {
    await using stack = new AsyncDisposableStack();
    const directory = tempDir('bench');
    stack.defer(() => directory[Symbol.dispose]());
    const database = stack.use(await startTestDatabase());
    const redis = options.queue === 'redis' ? stack.use(await startRedis()) : undefined;
    const record = stack.use(
      await openRecord({
        connection: database.connection,
        logger: silentLogger,
        maxConnections: 2,
        cacheReads: false,
      }),
    );
    await fill(record, options);
    const args = [
      `--database-url=${urlOf(database)}`,
      ...(redis === undefined ? [] : [`--redis-url=${redis.url}`]),
      `--schedule-interval=${options.periodSeconds}s`,
      '--log-level=warn',
    ];
    const server = stack.use(
      await startServer({ dataDir: directory.path, args: [...args, '--workers=0'] }),
    );
    const started = [];
    for (let index = 0; index < workers; index += 1)
      started.push(stack.use(await startWorker([...args, `--data-dir=${directory.path}`])));
    const pids = {
      server: server.pid,
      ...Object.fromEntries(started.map(({ pid }, index) => [`worker${index + 1}`, pid])),
      postgres: database.server.pid,
      ...(redis === undefined ? {} : { redis: redis.pid }),
    };
    return new ScheduleWorld(stack.move(), options, record, pids);
  }

  /**
   * Waits for one whole period, in which every tag has its turn once.
   */
  async period(): Promise<void> {
    await this.sleep(this.#options.periodSeconds * 1000);
  }

  /** Waits until every tag was checked after a moment, in milliseconds since the epoch. */
  async checkedSince(moment: number): Promise<void> {
    const deadline = Date.now() + 60_000;
    let left = await this.#unchecked(moment);
    while (left > 0 && Date.now() < deadline) {
      await this.sleep(500);
      left = await this.#unchecked(moment);
    }
    const lag = JSON.stringify(await this.#record.ledger.lag());
    if (left > 0) throw new Error(`${left} tags were not checked: ${lag}`);
  }

  async costsOf(work: () => Promise<void>): Promise<Costs> {
    const before = this.#cpu();
    const started = performance.now();
    await work();
    const after = this.#cpu();
    const cpuSeconds = Object.fromEntries(
      Object.keys(after).map((name) => [name, (after[name] ?? 0) - (before[name] ?? 0)]),
    );
    const rss = Object.entries(this.#pids)
      .filter(([name]) => name.startsWith('worker'))
      .map(([, pid]) => peakRssMiB(pid));
    const seconds = (performance.now() - started) / 1000;
    return { seconds, cpuSeconds, peakRssMiB: Math.max(...rss) };
  }

  /** Milliseconds that the oldest tag which waits is late. */
  async lagMs(): Promise<number> {
    return (await this.#record.ledger.lag()).lagMs;
  }

  revision(): Promise<number> {
    return this.#record.objects.currentRevision();
  }

  /** How many tags are not at these digests. */
  async notAt(expected: ReadonlyMap<FollowedTag, string>): Promise<number> {
    const histories = await this.#histories(expected.keys());
    return [...expected].filter(([tag, digest]) => histories.get(tag)?.[0] !== digest).length;
  }

  /** Tags that did not get exactly one entry on top of their first one. */
  async wrongHistories(expected: ReadonlyMap<FollowedTag, string>): Promise<string[]> {
    const histories = await this.#histories(expected.keys());
    return [...expected].flatMap(([tag, digest]) => {
      const found = histories.get(tag) ?? [];
      const isRight = found.length === 2 && found[0] === digest && found[1] === tag.digest;
      return isRight ? [] : [`${tag.repository}:${tag.tag} has ${found.join(', ')}`];
    });
  }

  async sleep(ms: number): Promise<void> {
    await new Promise((resolve) => {
      setTimeout(resolve, ms);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }

  #cpu(): Record<string, number> {
    return Object.fromEntries(
      Object.entries(this.#pids).map(([name, pid]) => [name, treeUsage(pid)?.cpuSeconds ?? 0]),
    );
  }

  async #unchecked(since: number): Promise<number> {
    const { ledger } = this.#record;
    let left = 0;
    for (const name of new Set(this.#options.tags.map(streamName)))
      for (const { checkedAt = 0 } of await ledger.ofStream(namespace, name))
        if (checkedAt < since) left += 1;
    return left;
  }

  async #histories(tags: Iterable<FollowedTag>): Promise<Map<FollowedTag, string[]>> {
    const found = new Map<FollowedTag, string[]>();
    for (const [name, ofStream] of Map.groupBy(tags, streamName)) {
      const stream = await this.#record.objects.get<ImageStream>(
        streamKeyOf(imageStream(name, [], { namespace })),
      );
      for (const tag of ofStream) {
        const items = (stream && statusTag(stream, tag.tag)?.items) ?? [];
        found.set(
          tag,
          items.map(({ image }) => image),
        );
      }
    }
    return found;
  }
}

/** One stream a repository. */
function streamName({ repository }: FollowedTag): string {
  return repository.replaceAll(/[^a-z0-9]+/gu, '-');
}

/** Streams as a first import leaves them, and a ledger that has seen all of it. */
async function fill(
  { objects, ledger }: RecordDatabase,
  { tags, periodSeconds }: ScheduleWorldOptions,
): Promise<void> {
  const importPolicy = { importMode: 'Legacy' as const, scheduled: true, insecure: true };
  const streams = [...Map.groupBy(tags, streamName)].map(([name, ofStream]) => {
    const spec = ofStream.map(({ host, repository, tag }) =>
      externalTag(tag, `${host}/${repository}:${tag}`, { importPolicy }),
    );
    const status = ofStream.map(({ host, repository, tag, digest }) => ({
      tag,
      items: [
        {
          created: '2026-01-10T09:00:00Z',
          dockerImageReference: `${host}/${repository}@${digest}`,
          image: digest,
          generation: 1,
        },
      ],
    }));
    return imageStream(name, spec, {
      namespace,
      imported: true,
      status: { dockerImageRepository: '', tags: status },
    });
  });
  for (const stream of streams) await objects.create(streamKeyOf(stream), stream);
  await ledger.put(
    streams.map((stream) => ({
      stream: identityOf(stream),
      tags: scheduleOf(stream, periodSeconds * 1000),
    })),
  );
  await ledger.record(
    streams.flatMap((stream) =>
      (stream.status.tags ?? []).map(({ tag, items }) => ({
        ...identityOf(stream),
        tag,
        digest: items?.[0]?.image ?? '',
      })),
    ),
  );
}

function urlOf({ connection }: TestDatabase): string {
  if ('connectionString' in connection) throw new Error('the database is reached by its parts');
  const { host, user, database } = connection;
  return `postgresql:///${database}?host=${encodeURIComponent(host)}&user=${user}`;
}
