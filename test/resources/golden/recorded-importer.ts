/** An importer whose registries answer what they answered when the scenarios were recorded. */
import type { ImageImportStatus } from '#src/domain/types.ts';
import type { Importer, ImportOutcome, RepositoryOutcome } from '#src/importer/importer.ts';
import type { Status } from '#src/meta/status.ts';

import { scenarioNames, stepsOf, type Json, type Step } from './steps.ts';

/**
 * Answers for the current step from its own recording. A step whose recorded answer shows no outcome, since the record
 * refused them, gets what another step was answered for the same pull spec.
 */
export class RecordedImporter implements Importer {
  #current: Json;
  readonly #known = knownOutcomes();

  enter(step: Step): void {
    this.#current = step.response;
  }

  async importImages(items: readonly { from: string }[]): Promise<ImportOutcome[]> {
    const status = this.#current?.status;
    const recorded: ImageImportStatus[] =
      typeof status === 'object'
        ? [...(status.repository?.images ?? []), ...(status.images ?? [])]
        : [];
    return items.map(({ from }, index) => {
      const own = recorded.length === items.length ? recorded[index] : undefined;
      const outcome = own ?? this.#known.get(from) ?? unreachable(from);
      return withoutIdentity(outcome);
    });
  }

  async listRepository(from: string): Promise<RepositoryOutcome> {
    const repository = this.#current?.status?.repository;
    if (repository?.status?.status === 'Failure' && repository.images === undefined)
      return { status: repository.status as Status };
    const tags: string[] =
      repository === undefined
        ? [...this.#known.keys()].flatMap((key) => tagOf(key, from))
        : [
            ...(repository.images ?? []).map((image: { tag: string }) => image.tag),
            ...(repository.additionalTags ?? []),
          ];
    return { tags: tags.toSorted() };
  }

  async check(): Promise<never> {
    throw new Error('nothing is scheduled in these scenarios');
  }

  async close(): Promise<void> {
    // Nothing is open.
  }
}

function knownOutcomes(): Map<string, ImageImportStatus> {
  const known = new Map<string, ImageImportStatus>();
  for (const { path, body, response } of scenarioNames().flatMap(stepsOf)) {
    if (!path.endsWith('/imagestreamimports') || typeof response?.status !== 'object') continue;
    for (const [index, outcome] of (response.status.images ?? []).entries())
      known.set(body.spec.images[index].from.name, outcome);
    for (const outcome of response.status.repository?.images ?? [])
      known.set(`${body.spec.repository.from.name}:${outcome.tag}`, outcome);
  }
  return known;
}

function tagOf(pullSpec: string, repository: string): string[] {
  return pullSpec.startsWith(`${repository}:`) ? [pullSpec.slice(repository.length + 1)] : [];
}

/** Images come from registries without what the record adds. */
function withoutIdentity(outcome: ImageImportStatus): ImportOutcome {
  const { image, manifests, ...rest } = outcome;
  return {
    ...rest,
    ...(image === undefined ? {} : { image: fresh(image) }),
    ...(manifests === undefined ? {} : { manifests: manifests.map(fresh) }),
  };
}

function fresh(image: Json): Json {
  const { uid: _uid, resourceVersion: _version, ...metadata } = image.metadata;
  return { ...image, metadata: { ...metadata, creationTimestamp: null } };
}

function unreachable(from: string): ImageImportStatus {
  const message = `Internal error occurred: ${from}: no such host`;
  return {
    status: { metadata: {}, status: 'Failure', message, reason: 'InternalError', code: 500 },
  };
}
