import { pullSecretCredentials } from '#src/credentials/pull-secrets.ts';
import { internalImportError } from '#src/domain/import-status.ts';
import { isDigest } from '#src/domain/digest.ts';
import { success, type Status } from '#src/meta/status.ts';
import type { Clock } from '#src/lib/clock.ts';
import type { Logger } from '#src/lib/logger.ts';
import type { CredentialSource } from '#src/oci/auth/credential.ts';
import type { ContentCache } from '#src/oci/content/types.ts';
import { HostPausedError } from '#src/oci/errors/answers.ts';
import type { HostConfigSource } from '#src/oci/hosts/config.ts';
import type { PlatformPolicy } from '#src/oci/manifest/select.ts';
import { isDigest as isOciDigest } from '#src/oci/ref/digest.ts';
import type { Client } from '#src/oci/registry/options.ts';
import type { ImportedImage, ImportOptions, Repository } from '#src/oci/registry/types.ts';
import { buildImport } from './build.ts';
import { createTagChecks } from './check-tags.ts';
import { createContentCache } from './content-cache.ts';
import { answerPart, refusedPart } from './credential-names.ts';
import type {
  ImportContext,
  Importer,
  ImportItem,
  ImportOutcome,
  RepositoryOutcome,
  SeenManifest,
} from './importer.ts';
import { insecureHosts } from './insecure-hosts.ts';
import { attemptOf, failedOutcome } from './outcome.ts';
import { ownPlatform, type OwnPlatform } from './platform.ts';
import {
  planWork,
  readSource,
  repositoryOf,
  type PlannedEntry,
  type WorkUnit,
} from './work-list.ts';

export interface ImporterOptions {
  /** Closed together with the importer. */
  readonly client: Client;
  readonly logger: Logger;
  readonly clock: Clock;
  /** What Legacy imports of an index prefer; default this process's own platform. */
  readonly platform?: OwnPlatform;
  /** Mirrors, certificates and blocked registries of the cluster; default none. */
  readonly hosts?: HostConfigSource;
  /** Default: 64 MiB in memory. */
  readonly cache?: ContentCache;
  /** True for hosts that the schedule leaves alone at present; default none. */
  readonly isLeftAlone?: (host: string) => boolean;
  /** Hears of a host that was not asked because something that is no registry answers there; default nobody. */
  readonly onStranger?: (host: string) => void;
}

/** What was fetched for a unit of the work list. */
type Fetched = { readonly imported: ImportedImage } | { readonly error: unknown };

/**
 * An importer on an OCI client. How many requests are under way at a registry is the client's business (its lanes), so
 * everything of one import is asked for at once.
 */
export function createImporter(options: ImporterOptions): Importer {
  const { client, clock, logger, hosts } = options;
  const platform = options.platform ?? ownPlatform();
  const cache = options.cache ?? createContentCache();
  const checks = createTagChecks({
    clock,
    isLeftAlone: options.isLeftAlone ?? (() => false),
    onError: notice,
  });

  function notice(error: unknown): void {
    const { host } = error instanceof HostPausedError ? error.context : {};
    if (host !== undefined) options.onStranger?.(host);
  }

  function credentialsOf(context: ImportContext): CredentialSource {
    return pullSecretCredentials(context.secrets, {
      onWarning: (warning) =>
        logger.warn('a credential of a pull secret is not used', { ...warning }),
    });
  }

  async function fetch(
    scoped: Client,
    unit: WorkUnit,
    { signal, priority }: ImportContext,
  ): Promise<Fetched> {
    try {
      const repository = repositoryOfUnit(scoped, unit);
      const imported = await repository.importImage(unit.target, {
        mode: unit.importMode === 'PreserveOriginal' ? 'preserve-original' : 'legacy',
        platform: platformPolicy(unit, platform),
        cache,
        signal,
        ...(priority === undefined ? {} : { priority }),
        ...seenAt(unit.at),
      });
      logger.debug('a manifest was fetched', { ...unit.repository, ...imported.stats });
      return { imported };
    } catch (error) {
      notice(error);
      return { error };
    }
  }

  return {
    async importImages(items, context) {
      const entries = planWork(items);
      const units = [
        ...new Set(entries.filter((entry) => 'unit' in entry).map(({ unit }) => unit)),
      ];
      const credentials = credentialsOf(context);
      const scoped = client.with({
        credentials,
        hosts: insecureHosts(
          units.map(({ repository }) => repository),
          hosts,
        ),
      });
      const fetched = new Map(
        await Promise.all(
          units.map(async (unit) => [unit, await fetch(scoped, unit, context)] as const),
        ),
      );
      const outcomes = entries.map(async (entry, index): Promise<ImportOutcome> => {
        if ('failure' in entry) return { status: entry.failure };
        const answer = fetched.get(entry.unit);
        const item = items[index];
        if (answer === undefined || item === undefined) throw new Error('a unit was not fetched');
        return {
          ...outcomeOf({ entry, item, answer, context, now: clock.now() }),
          ...('error' in answer
            ? await refusedPart(answer.error, credentials)
            : await answerPart(answer.imported.credential, credentials)),
        };
      });
      return Promise.all(outcomes);
    },

    async listRepository(from, policy, context): Promise<RepositoryOutcome> {
      const source = readSource(from);
      if ('failure' in source) return { status: source.failure };
      const repository = repositoryOf(source.reference, policy);
      const credentials = credentialsOf(context);
      const scoped = client.with({ credentials, hosts: insecureHosts([repository], hosts) });
      try {
        const tags: string[] = [];
        const pages = scoped
          .repository({ registry: repository.registry, repository: repository.path })
          .tags({
            signal: context.signal,
            ...(context.priority === undefined ? {} : { priority: context.priority }),
          });
        for await (const page of pages) tags.push(...page.tags);
        return { tags: [...new Set(tags)] };
      } catch (error) {
        notice(error);
        const attempt = attemptOf('tags', source.reference, repository);
        return {
          ...failedOutcome(error, attempt, clock.now()),
          ...(await refusedPart(error, credentials)),
        };
      }
    },

    check(items, context) {
      const credentials = credentialsOf(context);
      return checks.check(items, {
        signal: context.signal,
        ...(context.priority === undefined ? {} : { priority: context.priority }),
        credentials,
        clientFor: (repositories, tokenGroups) =>
          client.with({ credentials, hosts: insecureHosts(repositories, hosts), tokenGroups }),
      });
    },

    close: () => client.close(),
  };
}

function repositoryOfUnit(client: Client, { repository }: WorkUnit): Repository {
  return client.repository({ registry: repository.registry, repository: repository.path });
}

function seenAt(at: SeenManifest | undefined): Pick<ImportOptions, 'seen' | 'seenOnly' | 'toldTo'> {
  if (at === undefined) return {};
  const { digest, mediaType, size, exact = false, toldTo } = at;
  if (!isOciDigest(digest)) return {};
  return {
    seen: { digest, mediaType, size },
    seenOnly: exact,
    ...(toldTo === undefined ? {} : { toldTo }),
  };
}

/** The annotations' platform, else this process's own, else linux/amd64, else the first child. */
function platformPolicy(unit: WorkUnit, own: OwnPlatform): PlatformPolicy {
  return {
    prefer: {
      os: unit.preferOs === '' ? own.os : unit.preferOs,
      architecture: unit.preferArch === '' ? own.architecture : unit.preferArch,
    },
    fallback: [{ os: 'linux', architecture: 'amd64' }],
    ifNone: 'first',
  };
}

interface Answered {
  readonly entry: PlannedEntry;
  readonly item: ImportItem;
  readonly answer: Fetched;
  readonly context: ImportContext;
  readonly now: number;
}

function outcomeOf({ entry, item, answer, context, now }: Answered): ImportOutcome {
  const { reference, unit } = entry;
  const tag = isDigest(unit.target) ? {} : { tag: unit.target };
  const { importMode } = unit;
  if ('error' in answer) {
    const attempt = attemptOf('manifest', reference, unit.repository);
    return { ...failedOutcome(answer.error, attempt, now), ...tag, importMode };
  }
  const built = buildImport(answer.imported, {
    reference,
    now: context.now,
    includeManifest: item.includeManifest === true,
  });
  if (!built.ok) return { status: internalImportError(built.error), ...tag, importMode };
  const { image, manifests } = built;
  return {
    status: plainSuccess,
    image,
    ...tag,
    ...(manifests === undefined ? {} : { manifests }),
    upstreamDigest: answer.imported.top.digest,
    upstreamAcceptProfile: answer.imported.acceptProfile,
    ...(answer.imported.etag === undefined ? {} : { upstreamEtag: answer.imported.etag }),
    importMode,
  };
}

const plainSuccess: Status = success();
