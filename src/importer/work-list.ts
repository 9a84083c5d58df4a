import { isDigest } from '#src/domain/digest.ts';
import { invalidFromName, unusableReference } from '#src/domain/import-status.ts';
import {
  mostSpecific,
  parseDockerImageReference,
  registryName,
  repositoryKey,
  repositoryPath,
  withClientDefaults,
  type DockerImageReference,
} from '#src/domain/reference.ts';
import type { ImportMode, TagImportPolicy } from '#src/domain/types.ts';
import type { Status } from '#src/meta/status.ts';
import type { SeenManifest } from './importer.ts';

/** A repository to connect to. */
export interface WorkRepository {
  /** `host[:port]`, Docker Hub as `docker.io`. */
  readonly registry: string;
  /** The path on the registry: `library/python`. */
  readonly path: string;
  /** What the first entry of the repository says; it counts for all of them. */
  readonly insecure: boolean;
}

/** One thing to fetch; entries that ask for the same are answered by one. */
export interface WorkUnit {
  readonly repository: WorkRepository;
  /** A tag or a digest. */
  readonly target: string;
  readonly importMode: ImportMode;
  readonly preferArch: string;
  readonly preferOs: string;
  /** What the tag is read as. */
  readonly at?: SeenManifest;
}

/** An entry that can be fetched, with the unit that answers it. */
export interface PlannedEntry {
  readonly reference: DockerImageReference;
  readonly unit: WorkUnit;
}

export type WorkEntry = PlannedEntry | { readonly failure: Status };

export interface WorkItem {
  readonly from: string;
  readonly importPolicy: TagImportPolicy;
  readonly preferArch?: string;
  readonly preferOs?: string;
  readonly at?: SeenManifest;
}

/** One entry an item, in order; equal units are one object. */
export function planWork(items: readonly WorkItem[]): WorkEntry[] {
  const repositories = new Map<string, WorkRepository>();
  const units = new Map<string, WorkUnit>();
  return items.map((item) => {
    const parsed = readSource(item.from);
    if ('failure' in parsed) return parsed;
    const { reference } = parsed;
    const key = repositoryKey(reference);
    const repository = repositories.get(key) ?? repositoryOf(reference, item.importPolicy);
    repositories.set(key, repository);
    const unit = unitOf(reference, item, repository);
    const unitKey = JSON.stringify([
      key,
      unit.target,
      unit.importMode,
      unit.preferArch,
      unit.preferOs,
      unit.at?.digest,
    ]);
    const shared = units.get(unitKey) ?? unit;
    units.set(unitKey, shared);
    return { reference, unit: shared };
  });
}

/** The reference of a `from.name` that names an image, or the Status of the entry. */
export function readSource(
  from: string,
): { readonly reference: DockerImageReference } | { readonly failure: Status } {
  const parsed = parseDockerImageReference(from);
  if (!parsed.ok) return { failure: invalidFromName(from, parsed.error) };
  // `quay.io` and `localhost:5000` parse as a registry without a repository.
  if (parsed.reference.name === '')
    return { failure: unusableReference(parsed.reference, 'invalid reference format') };
  return { reference: parsed.reference };
}

/** The repository of a reference, with an entry's own `insecure`. */
export function repositoryOf(
  reference: DockerImageReference,
  policy: TagImportPolicy,
): WorkRepository {
  return {
    registry: registryName(reference),
    path: repositoryPath(reference),
    insecure: policy.insecure === true,
  };
}

function unitOf(
  reference: DockerImageReference,
  item: WorkItem,
  repository: WorkRepository,
): WorkUnit {
  const { id } = mostSpecific(reference);
  const importMode = item.importPolicy.importMode ?? 'Legacy';
  // A digest names what is wanted, whatever the platform annotations say.
  return isDigest(id)
    ? { repository, target: id, importMode, preferArch: '', preferOs: '' }
    : {
        repository,
        target: withClientDefaults(reference).tag,
        importMode,
        preferArch: item.preferArch ?? '',
        preferOs: item.preferOs ?? '',
        ...(item.at === undefined ? {} : { at: item.at }),
      };
}
