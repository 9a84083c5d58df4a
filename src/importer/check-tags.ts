import type { Clock } from '#src/lib/clock.ts';
import type { CredentialSource, CredentialUse } from '#src/oci/auth/credential.ts';
import { RateLimitedError } from '#src/oci/errors/answers.ts';
import { isDigest } from '#src/oci/ref/digest.ts';
import type { Client } from '#src/oci/registry/options.ts';
import type { RepositoryName } from '#src/oci/ref/reference.ts';
import type { KnownTag } from '#src/oci/registry/types.ts';
import { answerPart, refusedPart } from './credential-names.ts';
import type { CheckItem, CheckOutcome, ImportContext } from './importer.ts';
import { attemptOf, failedOutcome } from './outcome.ts';
import { planWork, type PlannedEntry, type WorkRepository, type WorkUnit } from './work-list.ts';

/** Who checks, and how to reach the registries. */
interface CheckScope extends Pick<ImportContext, 'signal' | 'priority'> {
  readonly credentials: CredentialSource;
  /** A client for these repositories; a group of them is asked for with one token. */
  readonly clientFor: (
    repositories: readonly WorkRepository[],
    tokenGroups: (name: RepositoryName) => readonly string[] | undefined,
  ) => Client;
}

export interface TagChecksOptions {
  readonly clock: Clock;
  /** True for hosts that the schedule leaves alone at present. */
  readonly isLeftAlone: (host: string) => boolean;
  /** Hears whatever goes wrong. */
  readonly onError: (error: unknown) => void;
}

export interface TagChecks {
  check(items: readonly CheckItem[], scope: CheckScope): Promise<CheckOutcome[]>;
}

/** What a tag has, why that is not known, or nothing where the host is left alone. */
type Answer =
  | {
      readonly digest: string;
      readonly mediaType: string;
      readonly size: number;
      readonly etag?: string;
      readonly acceptProfile?: string;
      readonly credential: CredentialUse;
    }
  | { readonly error: unknown }
  | 'postponed';

/** One question, with everybody who waits for its answer. */
interface Question {
  readonly unit: WorkUnit;
  /** Equal for those who would show the registry the same credentials in the same order. */
  readonly identity: string;
  readonly known: KnownTag | undefined;
  readonly answered: PromiseWithResolvers<Answer>;
}

/**
 * Questions of one call that are under way at one time: more than a lane lets through, and few enough that a host which
 * stops answering is noticed before all of them were asked.
 */
const atOnce = 32;
/** A registry that takes longer for a HEAD is asked again later. */
const deadlineMs = 30_000;

/**
 * Checks whether tags have moved. One round of checks, which is one signal, asks once for each repository, tag and set
 * of credentials, however many streams of however many namespaces follow it.
 */
export function createTagChecks({ clock, isLeftAlone, onError }: TagChecksOptions): TagChecks {
  const rounds = new WeakMap<AbortSignal, Map<string, Promise<Answer>>>();

  async function ask(client: Client, question: Question, scope: CheckScope): Promise<void> {
    const { unit, known, answered } = question;
    const answer = isLeftAlone(unit.repository.registry)
      ? 'postponed'
      : await resolve(client, unit, known, scope);
    if (answer !== 'postponed' && 'error' in answer) onError(answer.error);
    answered.resolve(answer);
  }

  async function askAll(questions: readonly Question[], scope: CheckScope): Promise<void> {
    const repositories = questions.map(({ unit }) => unit.repository);
    const client = scope.clientFor(repositories, tokenGroupsOf(questions));
    const waiting = questions.values();
    await Promise.all(
      Array.from({ length: Math.min(atOnce, questions.length) }, async () => {
        for (const question of waiting) await ask(client, question, scope);
      }),
    );
  }

  return {
    async check(items, scope) {
      const entries = planWork(items);
      const round = rounds.get(scope.signal) ?? new Map<string, Promise<Answer>>();
      rounds.set(scope.signal, round);
      const questions: Question[] = [];
      const answers = await Promise.all(
        entries.map(async (entry, index) => {
          if ('failure' in entry) return undefined;
          const identity = await identityOf(entry.unit, scope.credentials);
          const { registry, path, insecure } = entry.unit.repository;
          const key = JSON.stringify([registry, path, insecure, entry.unit.target, identity]);
          return { key, entry, identity, known: knownOf(items[index]) };
        }),
      );
      for (const asked of answers) {
        if (asked === undefined || round.has(asked.key)) continue;
        const answered = Promise.withResolvers<Answer>();
        const { entry, identity, known } = asked;
        questions.push({ unit: entry.unit, identity, known, answered });
        round.set(asked.key, answered.promise);
      }
      await askAll(questions, scope);
      return Promise.all(
        entries.map(async (entry, index): Promise<CheckOutcome> => {
          if ('failure' in entry)
            return { kind: 'failed', status: entry.failure, temporary: false };
          const answer = await round.get(answers[index]?.key ?? '');
          return outcomeOf(entry, answer ?? 'postponed', {
            known: items[index],
            credentials: scope.credentials,
            now: clock.now(),
          });
        }),
      );
    },
  };
}

async function outcomeOf(
  { reference, unit }: PlannedEntry,
  answer: Answer,
  asked: {
    readonly known: CheckItem | undefined;
    readonly credentials: CredentialSource;
    readonly now: number;
  },
): Promise<CheckOutcome> {
  const { known, credentials, now } = asked;
  if (answer === 'postponed') return { kind: 'postponed' };
  if (!('error' in answer)) {
    const { credential, ...seen } = answer;
    return {
      kind: isSame(answer, known) ? 'unchanged' : 'changed',
      ...seen,
      toldTo: credential,
      ...(await answerPart(credential, credentials)),
    };
  }
  // The host wants fewer questions: that says nothing of the tag.
  if (answer.error instanceof RateLimitedError) return { kind: 'postponed' };
  const attempt = attemptOf('manifest', reference, unit.repository);
  return {
    kind: 'failed',
    ...failedOutcome(answer.error, attempt, now),
    ...(await refusedPart(answer.error, credentials)),
  };
}

/** A digest from another list of media types that were accepted says nothing: the same tag has several. */
function isSame(
  { digest, acceptProfile }: { readonly digest: string; readonly acceptProfile?: string },
  known: CheckItem | undefined,
): boolean {
  const profile = known?.acceptProfile ?? acceptProfile;
  return digest === known?.known && (acceptProfile ?? profile) === profile;
}

function knownOf(item: CheckItem | undefined): KnownTag | undefined {
  const { known = '', etag, acceptProfile } = item ?? {};
  if (!isDigest(known) || acceptProfile === undefined) return undefined;
  return { digest: known, acceptProfile, ...(etag === undefined ? {} : { etag }) };
}

async function resolve(
  client: Client,
  { repository, target }: WorkUnit,
  known: KnownTag | undefined,
  { signal, priority }: CheckScope,
): Promise<Answer> {
  try {
    const { registry, path } = repository;
    const result = await client.repository({ registry, repository: path }).resolve(target, {
      signal,
      deadlineMs,
      ...(known === undefined ? {} : { known }),
      ...(priority === undefined ? {} : { priority }),
    });
    const { credential } = result;
    if (result.kind === 'unchanged')
      return { digest: result.digest, mediaType: '', size: 0, credential };
    const { descriptor, etag, acceptProfile } = result;
    const { digest, mediaType, size } = descriptor;
    return {
      digest,
      mediaType,
      size,
      acceptProfile,
      credential,
      ...(etag === undefined ? {} : { etag }),
    };
  } catch (error) {
    return { error };
  }
}

async function identityOf({ repository }: WorkUnit, source: CredentialSource): Promise<string> {
  const { registry, path } = repository;
  const candidates = await source.candidates({ registry, repository: path, purpose: 'registry' });
  return candidates.map(({ id }) => id).join(' ');
}

/** Repositories that share a token: so many of one registry and one identity, in their order. */
const groupSize = 16;

function tokenGroupsOf(
  questions: readonly Question[],
): (name: RepositoryName) => readonly string[] | undefined {
  const groups = new Map<string, readonly string[]>();
  const byIdentity = Map.groupBy(
    questions,
    ({ unit, identity }) => `${unit.repository.registry} ${identity}`,
  );
  for (const same of byIdentity.values()) {
    const paths = [...new Set(same.map(({ unit }) => unit.repository.path))];
    const registry = same[0]?.unit.repository.registry ?? '';
    for (let start = 0; start < paths.length; start += groupSize) {
      const group = paths.slice(start, start + groupSize);
      for (const path of group) groups.set(`${registry} ${path}`, group);
    }
  }
  return ({ registry, repository }) => groups.get(`${registry} ${repository}`);
}
