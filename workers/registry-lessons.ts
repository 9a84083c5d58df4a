import type { Logger } from '#src/lib/logger.ts';
import type { HostLessons } from '#src/oci/hosts/memory.ts';
import type { SharedLessons } from '#src/oci/net/shared-budget.ts';
import type { Registries } from '#src/store/registries.ts';

type Follower = (key: string, lessons: HostLessons) => void;

/**
 * What the processes of an installation have learned of how hosts want to be asked. What is learned here is told with the
 * next report; what others learn comes with a notification. One that is lost costs nothing but learning the same again.
 */
export class RegistryLessons implements SharedLessons, Disposable {
  readonly known: ReadonlyMap<string, HostLessons>;
  readonly #registries: Pick<Registries, 'lessons' | 'learn' | 'onLesson'>;
  readonly #logger: Logger;
  readonly #followers: Follower[] = [];
  readonly #unsubscribe: () => void;
  #untold = new Map<string, HostLessons>();
  /** Keys that others have told of and were not read yet; `undefined` stands for all. */
  #heard = new Set<string | undefined>();
  #isReading = false;

  private constructor(
    registries: Registries,
    known: ReadonlyMap<string, HostLessons>,
    logger: Logger,
  ) {
    this.#registries = registries;
    this.#logger = logger;
    this.known = known;
    this.#unsubscribe = registries.onLesson((key) => this.#hear(key));
  }

  /** Begins with what others know already. */
  static async open(registries: Registries, logger: Logger): Promise<RegistryLessons> {
    return new RegistryLessons(registries, lessonsOf(await registries.lessons()), logger);
  }

  learned(key: string, lessons: HostLessons): void {
    this.#untold.set(key, { ...this.#untold.get(key), ...lessons });
  }

  follow(follower: Follower): void {
    this.#followers.push(follower);
  }

  /**
   * Tells what was learned since the last time.
   * @throws {StoreError} when the database is away; it is told the next time
   */
  async tell(): Promise<void> {
    const untold = this.#untold;
    if (untold.size === 0) return;
    this.#untold = new Map();
    try {
      await this.#registries.learn(
        new Map([...untold].map(([key, lessons]) => [key, JSON.stringify(lessons)])),
      );
    } catch (error) {
      for (const [key, lessons] of untold)
        this.#untold.set(key, { ...lessons, ...this.#untold.get(key) });
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#unsubscribe();
  }

  #hear(key: string | undefined): void {
    this.#heard.add(key);
    if (this.#isReading) return;
    this.#isReading = true;
    this.#read()
      .catch((error: unknown) =>
        this.#logger.debug('what others learned of registries could not be read', { error }),
      )
      .finally(() => {
        this.#isReading = false;
      });
  }

  /** What is heard while it reads comes in the next round. */
  async #read(): Promise<void> {
    while (this.#heard.size > 0) {
      const heard = [...this.#heard];
      this.#heard = new Set();
      const keys = heard.filter((key) => key !== undefined);
      const texts = await this.#registries.lessons(keys.length === heard.length ? keys : undefined);
      for (const [key, lessons] of lessonsOf(texts))
        for (const follower of this.#followers)
          // What was learned here and nobody knows yet is newer.
          follower(key, { ...lessons, ...this.#untold.get(key) });
    }
  }
}

function lessonsOf(texts: ReadonlyMap<string, string>): ReadonlyMap<string, HostLessons> {
  return new Map([...texts].map(([key, text]) => [key, JSON.parse(text) as HostLessons]));
}
