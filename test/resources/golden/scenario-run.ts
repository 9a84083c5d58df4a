/** Replays the scenarios of one set-up and keeps count. */
import { writeFileSync } from 'node:fs';

import type { Importer } from '#src/importer/importer.ts';

import { startTestApi, type TestApi } from '../support/api.ts';
import { differences } from './differences.ts';
import { checkScheduled, importPending, importsOf } from './import-worker.ts';
import { RecordedClock } from './recorded-clock.ts';
import { replayStep, Translation } from './replay.ts';
import { furnish, type Setup } from './setups.ts';
import { stepsOf, type Step } from './steps.ts';

/** Where the images of a replay come from. */
export interface Source {
  readonly importer: Importer;
  /**
   * Called before each step: makes the registries what they were then.
   * @param isScheduled scheduled tags are checked before what the step reads
   */
  enter(step: Step, isScheduled: boolean): void | Promise<void>;
  /** The recorded addresses by those here. */
  readonly hosts: ReadonlyMap<string, string>;
}

/** For work on one scenario: a pattern of the scenarios that are compared, and a file for everything that differs. */
const only = new RegExp(process.env['GOLDEN'] ?? '');
const report = process.env['GOLDEN_REPORT'];

/** Counts steps over all set-ups of a test file. */
export class Tally {
  readonly #name: string;
  readonly #used = new Set<number>();
  readonly #found: string[] = [];
  #steps = 0;
  #agree = 0;
  #listed = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** @returns what differs and is not listed */
  add(place: string, step: Step, differing: readonly string[]): string[] {
    this.#steps += 1;
    const left = differing.filter((difference) => !this.#isListed(place, difference));
    if (differing.length === 0) this.#agree += 1;
    else if (left.length === 0) this.#listed += 1;
    if (left.length === 0) return [];
    const text = `${place} ${step.method} ${step.path}\n    ${left.join('\n    ')}`;
    this.#found.push(text);
    return [text];
  }

  /** Listed differences that were none. */
  stale(): string[] {
    if (process.env['GOLDEN'] !== undefined) return [];
    return differences
      .filter((each, index) => each.needsRegistries !== true && !this.#used.has(index))
      .map(({ steps, because }) => `${String(steps)}: ${because}`);
  }

  print(): void {
    process.stderr.write(
      `golden: ${this.#agree} of ${this.#steps} steps agree, ${this.#listed} listed differences (${this.#name})\n`,
    );
    if (report !== undefined) writeFileSync(report, this.#found.join('\n'));
  }

  #isListed(place: string, difference: string): boolean {
    const index = differences.findIndex(
      ({ steps, at }) => steps.test(place) && (at === undefined || at.test(difference)),
    );
    if (index >= 0) this.#used.add(index);
    return index >= 0;
  }
}

/** Up to the last scenario that is worked on: each finds the images and streams that those before it have left. */
function neededScenarios({ scenarios }: Setup): readonly string[] {
  return scenarios.slice(0, scenarios.findLastIndex((name) => only.test(name)) + 1);
}

/** @returns every step whose answer differs in a way that is not listed */
export async function runSetup(setup: Setup, source: Source, tally: Tally): Promise<string[]> {
  const scenarios = neededScenarios(setup);
  if (scenarios.length === 0) return [];
  const clock = new RecordedClock();
  const translation = new Translation(source.hosts);
  const api: TestApi = await startTestApi({
    ...setup.options,
    allowedRegistries: (setup.options.allowedRegistries ?? []).map((registry) => ({
      ...registry,
      domainName: translation.here(registry.domainName),
    })),
    clock,
    importQueue: importsOf(() => api, source.importer),
  });
  const failures: string[] = [];
  try {
    await furnish(api, translation);
    for (const scenario of scenarios)
      for (const step of stepsOf(scenario)) {
        clock.enter(step);
        await source.enter(step, setup.hasController);
        if (setup.hasController && step.method === 'GET')
          await checkScheduled(api, source.importer);
        const { differences: differing } = await replayStep(api, step, translation);
        if (setup.hasController && step.method !== 'GET') await importPending(api, source.importer);
        if (only.test(scenario))
          failures.push(...tally.add(`${scenario}/${step.step}`, step, differing));
      }
  } finally {
    await api[Symbol.asyncDispose]();
  }
  return failures;
}
