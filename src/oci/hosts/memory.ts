/** What answers have taught about hosts. Nothing secret, nothing that another identity may not know. */
import type { Challenge } from '../auth/challenge.ts';
import type { SharedLessons } from '../net/shared-budget.ts';

export interface HostLessons {
  /** How the registry wants to be asked; null when it wants nothing. */
  challenge?: Challenge | null;
  /** HEAD cannot be believed here. */
  headUnreliable?: boolean;
  /** There is no referrers API. */
  noReferrers?: boolean;
  /** Its token server gives no token for several repositories. */
  refusesGroups?: boolean;
  /** A registry configured insecure speaks plain HTTP. */
  plainHttp?: boolean;
  /** An answer came that was meant for another request: connections are closed after a HEAD. */
  demoted?: boolean;
  /** Name of the software that answers there; null when it is none that profiles are known for. */
  software?: string | null;
  /** `If-None-Match` is not heeded: content comes that is known already. */
  ignoresConditions?: boolean;
}

interface Entry {
  lessons: HostLessons;
  expires: number;
}

/** Registries change their minds: what was learned is forgotten after a day. */
const ttlMs = 24 * 60 * 60 * 1000;
const maxHosts = 4096;

export class HostMemory {
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => number;

  readonly #learned: SharedLessons['learned'];

  constructor(now: () => number, shared?: SharedLessons) {
    this.#now = now;
    this.#learned = (key, lessons) => shared?.learned(key, lessons);
    const expires = now() + ttlMs;
    for (const [key, lessons] of shared?.known ?? []) this.#entries.set(key, { lessons, expires });
    shared?.follow((key, lessons) => {
      this.#keep(key, { ...this.get(key), ...lessons });
    });
  }

  get(key: string): Readonly<HostLessons> {
    const entry = this.#entries.get(key);
    if (entry === undefined) return nothingLearned;
    if (entry.expires > this.#now()) return entry.lessons;
    this.#entries.delete(key);
    return nothingLearned;
  }

  learn(key: string, lessons: HostLessons): void {
    const before = this.get(key);
    const news = newsOf(lessons, before);
    if (news !== undefined) this.#learned(key, news);
    this.#keep(key, { ...before, ...lessons });
  }

  #keep(key: string, lessons: HostLessons): void {
    this.#entries.delete(key);
    this.#entries.set(key, { lessons, expires: this.#now() + ttlMs });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= maxHosts) return;
      this.#entries.delete(oldest);
    }
  }
}

/** Undefined when all of it is known: others need not hear it again. */
function newsOf(lessons: HostLessons, before: HostLessons): HostLessons | undefined {
  const known = new Map<string, unknown>(Object.entries(before));
  const news = Object.entries(lessons).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(known.get(name)),
  );
  return news.length === 0 ? undefined : Object.fromEntries(news);
}

const nothingLearned: HostLessons = Object.freeze({});
