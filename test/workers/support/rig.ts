/** The import routine on a real record and a real queue; only the registries are a script. */
import type { ImageStream, TagReference } from '#src/domain/types.ts';
import type {
  CheckItem,
  CheckOutcome,
  Importer,
  ImportContext,
  ImportItem,
  ImportOutcome,
  RepositoryOutcome,
} from '#src/importer/importer.ts';
import { systemClock } from '#src/lib/clock.ts';
import type { DatabaseConnection } from '#src/lib/database-connection.ts';
import { silentLogger } from '#src/lib/logger.ts';
import { mastersAuthorizer } from '#src/apiserver/authorize/built-in.ts';
import type { RequestContext } from '#src/apiserver/resource.ts';
import type { ImportStreamJob } from '#src/queue/jobs.ts';
import type { JobContext } from '#src/queue/consumer.ts';
import type { Objects } from '#src/store/objects.ts';
import { openRecord, type RecordDatabase } from '#src/store/open.ts';
import { ensureNamespace } from '#src/resources/namespaces/phase.ts';
import { imageStreamKey } from '#src/resources/imagestreams/streams.ts';
import { streamStorage, type StreamStorage } from '#src/resources/imagestreams/storage.ts';
import type { ImportDeps } from '#workers/import/deps.ts';
import { ImportRecorder } from '#workers/import/recorder.ts';

export const periodMs = 600_000;

/** Registries that answer what they are told to; it notes what was asked. */
export class ScriptedImporter implements Importer {
  readonly images = new Map<string, ImportOutcome>();
  readonly repositories = new Map<string, RepositoryOutcome>();
  readonly checks = new Map<string, CheckOutcome>();
  readonly asked: ImportItem[] = [];
  readonly checked: CheckItem[] = [];
  readonly contexts: ImportContext[] = [];
  /** Runs while a registry "answers". */
  meanwhile: () => Promise<void> = async () => undefined;

  async importImages(
    items: readonly ImportItem[],
    context: ImportContext,
  ): Promise<ImportOutcome[]> {
    this.asked.push(...items);
    this.contexts.push(context);
    await this.meanwhile();
    return items.map(({ from }) => this.images.get(from) ?? failure('NotFound', 'no such image'));
  }

  async listRepository(from: string): Promise<RepositoryOutcome> {
    return (
      this.repositories.get(from) ?? { status: failure('NotFound', 'no such repository').status }
    );
  }

  async check(items: readonly CheckItem[], context: ImportContext): Promise<CheckOutcome[]> {
    this.checked.push(...items);
    this.contexts.push(context);
    await this.meanwhile();
    return items.map(
      ({ from }) =>
        this.checks.get(from) ?? {
          kind: 'failed',
          status: failure('NotFound', 'no such image').status,
          temporary: false,
        },
    );
  }

  async close(): Promise<void> {
    // Nothing is open.
  }
}

/** The digest of a made-up image. */
export function digestOf(name: string): string {
  return `sha256:${Buffer.from(name).toString('hex').padEnd(64, '0').slice(0, 64)}`;
}

/** A good answer: an image by the name of its content. */
export function image(from: string, content: string): ImportOutcome {
  const digest = digestOf(content);
  return {
    status: { metadata: {}, status: 'Success' },
    image: {
      metadata: { name: digest },
      dockerImageReference: `${from.replace(/:[^:/]*$/, '')}@${digest}`,
      dockerImageMetadata: null,
      dockerImageMetadataVersion: '1.0',
      dockerImageManifest: '{"raw":true}',
    },
    upstreamDigest: digest,
  };
}

/** What a registry says of a tag. */
export function answer(
  kind: 'unchanged' | 'changed',
  content: string,
): Extract<CheckOutcome, { readonly digest: string }> {
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  return { kind, digest: digestOf(content), mediaType, size: 100 };
}

/** A bad answer. */
export function failure(
  reason: 'NotFound' | 'Unauthorized' | 'InternalError',
  message: string,
  more: Partial<ImportOutcome> = {},
): ImportOutcome {
  return { status: { metadata: {}, status: 'Failure', reason, message, code: 500 }, ...more };
}

function contextOf(name: string): RequestContext {
  return {
    user: { username: 'alice', groups: ['system:masters'] },
    namespace: 'test',
    name,
    signal: jobContext.signal,
    warn: () => undefined,
    query: new URLSearchParams(),
  };
}

export interface Rig extends AsyncDisposable {
  readonly record: RecordDatabase;
  readonly importer: ScriptedImporter;
  readonly deps: ImportDeps;
  /** Jobs that were queued for later. */
  readonly queued: { readonly job: ImportStreamJob; readonly delayMs: number }[];
  readonly counted: string[];
  /** As a client writes a stream. */
  create(name: string, tags: TagReference[], repository?: string): Promise<ImageStream>;
  update(name: string, change: (stream: ImageStream) => ImageStream): Promise<ImageStream>;
  get(name: string): Promise<ImageStream>;
  /** A recorder that writes through these objects. */
  recorderOn(objects: Objects): ImportRecorder;
  /** The job that the controller would queue. */
  jobOf(stream: ImageStream, more?: Partial<ImportStreamJob>): ImportStreamJob;
}

export const jobContext: JobContext = {
  signal: new AbortController().signal,
  dueAt: 0,
  isLastAttempt: false,
};

export async function startRig(connection: DatabaseConnection): Promise<Rig> {
  const record = await openRecord({ connection, logger: silentLogger });
  const importer = new ScriptedImporter();
  const queued: { job: ImportStreamJob; delayMs: number }[] = [];
  const counted: string[] = [];
  const { objects, mailbox, ledger } = record;
  const clock = systemClock;
  const resourceDeps = {
    objects,
    mailbox,
    importQueue: { enqueueRequest: async () => undefined },
    clock,
    logger: silentLogger,
    hosts: {},
    allowedRegistries: [],
  };
  await ensureNamespace(objects, clock, 'test');
  const streams: StreamStorage = streamStorage({ ...resourceDeps, authorizer: mastersAuthorizer });
  const deps: ImportDeps = {
    objects,
    mailbox,
    ledger,
    importer,
    recorder: new ImportRecorder(resourceDeps),
    queue: {
      enqueueStream: async (job, { delayMs = 0 } = {}) => {
        queued.push({ job, delayMs });
      },
    },
    clock,
    logger: silentLogger,
    metrics: {
      imported: ({ registry, scheduled, reason = 'ok' }) =>
        counted.push(`${registry} ${scheduled ? 'scheduled ' : ''}${reason}`),
      checked: (outcome, registry) => counted.push(`${registry} check ${outcome}`),
      finished: () => undefined,
      late: () => undefined,
    },
  };
  const write = { dryRun: false, fieldManager: 'test' };
  async function get(name: string): Promise<ImageStream> {
    const stream = await objects.get<ImageStream>(imageStreamKey('test', name));
    if (stream === undefined) throw new Error(`there is no stream ${name}`);
    return stream;
  }
  return {
    record,
    importer,
    deps,
    queued,
    counted,
    get,
    async create(name, tags, repository) {
      await streams.main.create(
        contextOf(name),
        {
          metadata: { name },
          spec: {
            lookupPolicy: { local: false },
            tags,
            ...(repository === undefined ? {} : { dockerImageRepository: repository }),
          },
          status: { dockerImageRepository: '' },
        },
        write,
      );
      return get(name);
    },
    async update(name, change) {
      await streams.main.update(contextOf(name), name, async (current) => change(current!), write);
      return get(name);
    },
    recorderOn: (own) => new ImportRecorder({ ...resourceDeps, objects: own }),
    jobOf: ({ metadata: { namespace = '', name = '', uid = '', generation = 0 } }, more = {}) => ({
      namespace,
      name,
      uid,
      generation,
      ...more,
    }),
    [Symbol.asyncDispose]: () => record.close(),
  };
}
