import { normalisedReference } from '#src/domain/import-status.ts';
import type { Clock } from '#src/lib/clock.ts';
import type { CredentialSource, CredentialUse } from '#src/oci/auth/credential.ts';
import type { Client } from '#src/oci/registry/options.ts';
import type { CheckItem, CheckOutcome } from './importer.ts';
import { answerPart, refusedPart } from './credential-names.ts';
import { failedOutcome } from './outcome.ts';
import { planWork, type WorkRepository, type WorkUnit } from './work-list.ts';

/** Who checks, and how to reach the registries. */
interface CheckScope {
  readonly signal: AbortSignal;
  readonly credentials: CredentialSource;
  readonly clientFor: (repositories: readonly WorkRepository[]) => Client;
}

export interface TagChecks {
  check(items: readonly CheckItem[], scope: CheckScope): Promise<CheckOutcome[]>;
}

/** The digest that a tag has, or why it is not known. */
type Answer =
  | { readonly digest: string; readonly credential: CredentialUse }
  | { readonly error: unknown };

/**
 * Checks whether tags have moved. One round of checks, which is one signal, asks once for each repository, tag and set
 * of credentials, however many streams of however many namespaces follow it.
 */
export function createTagChecks(clock: Clock): TagChecks {
  const rounds = new WeakMap<AbortSignal, Map<string, Promise<Answer>>>();

  function ask(client: Client, unit: WorkUnit, key: string, signal: AbortSignal): Promise<Answer> {
    const round = rounds.get(signal) ?? new Map<string, Promise<Answer>>();
    rounds.set(signal, round);
    const shared = round.get(key) ?? resolve(client, unit, signal);
    round.set(key, shared);
    return shared;
  }

  return {
    async check(items, { signal, credentials, clientFor }) {
      const entries = planWork(items);
      const units = entries.flatMap((entry) => ('unit' in entry ? [entry.unit] : []));
      const client = clientFor(units.map(({ repository }) => repository));
      return Promise.all(
        entries.map(async (entry, index): Promise<CheckOutcome> => {
          if ('failure' in entry)
            return { kind: 'failed', status: entry.failure, temporary: false };
          const key = await keyOf(entry.unit, credentials);
          const answer = await ask(client, entry.unit, key, signal);
          if ('error' in answer) {
            const subject = normalisedReference(entry.reference);
            const { insecure } = entry.unit.repository;
            const { registry } = entry.reference;
            const attempt = { what: 'manifest', subject, registry, insecure } as const;
            return {
              kind: 'failed',
              ...failedOutcome(answer.error, attempt, clock.now()),
              ...(await refusedPart(answer.error, credentials)),
            };
          }
          const { digest } = answer;
          return {
            kind: digest === items[index]?.known ? 'unchanged' : 'changed',
            digest,
            ...(await answerPart(answer.credential, credentials)),
          };
        }),
      );
    },
  };
}

async function resolve(client: Client, unit: WorkUnit, signal: AbortSignal): Promise<Answer> {
  try {
    const repository = client.repository({
      registry: unit.repository.registry,
      repository: unit.repository.path,
    });
    const result = await repository.resolve(unit.target, { signal });
    const digest = result.kind === 'resolved' ? result.descriptor.digest : result.digest;
    return { digest, credential: result.credential };
  } catch (error) {
    return { error };
  }
}

/** Answers are shared by those who would show the registry the same credentials in the same order. */
async function keyOf({ repository, target }: WorkUnit, source: CredentialSource): Promise<string> {
  const { registry, path, insecure } = repository;
  const candidates = await source.candidates({ registry, repository: path, purpose: 'registry' });
  return JSON.stringify([registry, path, insecure, target, ...candidates.map(({ id }) => id)]);
}
