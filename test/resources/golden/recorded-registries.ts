/** Two real registries with the images of the recordings: an open one, and one for `alice` with password `secret`. */
import { seedRegistry, PushTarget } from '#fixtures/push.ts';
import type { Manifest } from '#fixtures/make.ts';
import { appImage, movedImage, recordedImages } from '#fixtures/recorded.ts';
import { createImporter } from '#src/importer/create-importer.ts';
import type { ImportContext, Importer, ImportItem, ImportOutcome } from '#src/importer/importer.ts';
import { systemClock } from '#src/lib/clock.ts';
import { silentLogger } from '#src/lib/logger.ts';
import { createClient } from '#src/oci/registry/client.ts';
import { startRegistry } from '#test/support/services/registry.ts';

import { RecordedImporter } from './recorded-importer.ts';
import type { Source } from './scenario-run.ts';
import type { Json, Step } from './steps.ts';

const recordedOpen = '127.0.0.1:15000';
const recordedAuth = '127.0.0.1:15001';
const credentials = { username: 'alice', password: 'secret' };

/** The registries as a source of a replay. */
export interface RecordedRegistries extends Source, AsyncDisposable {}

/** Starts and fills both. */
export async function startRecordedRegistries(): Promise<RecordedRegistries> {
  const images = recordedImages();
  const [open, auth] = await Promise.all([
    startRegistry(),
    startRegistry({ htpasswd: { user: credentials.username, password: credentials.password } }),
  ]);
  await seedRegistry(open.url, { images: images.open });
  await seedRegistry(auth.url, { images: images.auth, credentials });
  const tags = new MovingTags(new PushTarget(open.url), images.named['mov1']!);
  const importer = new LocalImporter();
  return {
    importer,
    hosts: new Map([
      [recordedOpen, open.host],
      [recordedAuth, auth.host],
    ]),
    async enter(step, isScheduled) {
      importer.enter(step);
      await tags.enter(step, isScheduled);
    },
    async [Symbol.asyncDispose]() {
      await importer.close();
      await Promise.all([open[Symbol.asyncDispose](), auth[Symbol.asyncDispose]()]);
    },
  };
}

/** Asks the registries of this machine; of others, which nobody may ask in a test, it knows what was recorded. */
class LocalImporter implements Importer {
  readonly #recorded = new RecordedImporter();
  readonly #real: Importer = createImporter({
    client: createClient({ userAgent: 'sluice-test', retry: { attempts: 1 } }),
    logger: silentLogger,
    clock: systemClock,
    platform: { architecture: 'amd64', os: 'linux' },
  });

  enter(step: Step): void {
    this.#recorded.enter(step);
  }

  async importImages(
    items: readonly ImportItem[],
    context: ImportContext,
  ): Promise<ImportOutcome[]> {
    const recorded = await this.#recorded.importImages(items);
    const local = items.filter(({ from }) => isLocal(from));
    const real = await this.#real.importImages(local, context);
    return items.map((item, index) => {
      const found = real[local.indexOf(item)] ?? recorded[index];
      if (found === undefined) throw new Error(`no outcome for ${item.from}`);
      return found;
    });
  }

  listRepository(
    ...call: Parameters<Importer['listRepository']>
  ): ReturnType<Importer['listRepository']> {
    return isLocal(call[0])
      ? this.#real.listRepository(...call)
      : this.#recorded.listRepository(call[0]);
  }

  check(...call: Parameters<Importer['check']>): ReturnType<Importer['check']> {
    return this.#real.check(...call);
  }

  close(): Promise<void> {
    return this.#real.close();
  }
}

function isLocal(pullSpec: string): boolean {
  return pullSpec.startsWith('127.0.0.1:');
}

interface Seen {
  /** Pull spec. */
  readonly from: string;
  /** None where the tag was gone. */
  readonly digest: string | undefined;
}

const movingTags: ReadonlySet<string> = new Set([
  `${recordedOpen}/acme/moving:latest`,
  `${recordedOpen}/acme/vanish:latest`,
]);

function importedIn({ path, body, response }: Step): Seen[] {
  if (!path.endsWith('/imagestreamimports') || typeof response?.status !== 'object') return [];
  return (response.status.images ?? []).map((outcome: Json, index: number): Seen => ({
    from: body.spec.images[index].from.name,
    digest: outcome.image?.metadata.name,
  }));
}

/** What a stream shows of scheduled tags: their checks were before it was read. */
function scheduledIn({ method, response }: Step): Seen[] {
  if (method !== 'GET' || response?.kind !== 'ImageStream') return [];
  const scheduled = (response.spec.tags ?? []).filter((tag: Json) => tag.importPolicy.scheduled);
  return scheduled.map((tag: Json): Seen => {
    const status = (response.status.tags ?? []).find((each: Json) => each.tag === tag.name);
    const isGone = status?.conditions !== undefined;
    return { from: tag.from.name, digest: isGone ? undefined : status?.items[0].image };
  });
}

/** Two tags changed while the scenarios were recorded; before an import they are made what it saw. */
class MovingTags {
  readonly #registry: PushTarget;
  readonly #manifests: readonly Manifest[];
  readonly #current = new Map<string, string>();

  constructor(registry: PushTarget, moving: Manifest) {
    this.#registry = registry;
    this.#manifests = [moving, movedImage(), appImage('vanish')];
  }

  async enter(step: Step, isScheduled: boolean): Promise<void> {
    const seen = isScheduled ? scheduledIn(step) : [];
    for (const { from, digest } of [...importedIn(step), ...seen]) {
      if (!movingTags.has(from)) continue;
      await this.#move(from.split(/[/:]/).slice(2, 4).join('/'), digest);
    }
  }

  async #move(repository: string, digest: string | undefined): Promise<void> {
    const current = this.#current.get(repository);
    if (current === digest) return;
    if (digest === undefined) {
      if (current !== undefined) await this.#registry.deleteManifest(repository, current);
      this.#current.delete(repository);
      return;
    }
    const manifest = this.#manifests.find((each) => each.digest === digest);
    if (manifest === undefined) throw new Error(`no fixture has digest ${digest}`);
    await this.#registry.pushImage(repository, ['latest'], manifest);
    this.#current.set(repository, digest);
  }
}
