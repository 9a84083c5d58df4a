/** Sends the recorded requests of a scenario to a server, in order, and compares the answers. */
import type { ApiAnswer, TestApi } from '../support/api.ts';
import { differencesOf, normalised } from './normalise.ts';
import type { Json, Step } from './steps.ts';

export interface Replayed {
  readonly step: Step;
  readonly answer: ApiAnswer;
  /** Nothing when the answers agree. */
  readonly differences: readonly string[];
}

/** Recorded ids and versions by what they are on this server. */
export class Translation {
  readonly #versions = new Map<string, string>();
  readonly #uids = new Map<string, string>();

  /** Learns from two answers to the same request. */
  learn(recorded: Json, actual: Json): void {
    if (typeof recorded !== 'object' || typeof actual !== 'object') return;
    if (recorded === null || actual === null) return;
    for (const [key, value] of Object.entries(recorded)) {
      const here = actual[key];
      if (key === 'resourceVersion' && isText(value) && isText(here))
        this.#versions.set(value, here);
      else if (key === 'uid' && isText(value) && isText(here)) this.#uids.set(value, here);
      else this.learn(value, here);
    }
  }

  version(recorded: string): string {
    return this.#versions.get(recorded) ?? recorded;
  }

  /** A request body as it has to be sent here. */
  body(value: Json): Json {
    if (Array.isArray(value)) return value.map((item) => this.body(item));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, field]) => {
        if (key === 'resourceVersion' && isText(field)) return [key, this.version(field)];
        if (key === 'uid' && isText(field)) return [key, this.#uids.get(field) ?? field];
        return [key, this.body(field)];
      }),
    );
  }

  path(path: string): string {
    return path.replace(
      /([?&]resourceVersion=)(\d+)/,
      (_, before: string, version: string) => before + this.version(version),
    );
  }
}

function isText(value: Json): value is string {
  return typeof value === 'string' && value !== '';
}

/** Sends one step and compares. */
export async function replayStep(
  api: TestApi,
  step: Step,
  translation: Translation,
): Promise<Replayed> {
  if (step.events !== undefined) return replayWatch(api, step, translation);
  const { body } = step;
  const answer = await api.send({
    method: step.method,
    path: translation.path(step.path),
    headers: step.headers,
    ...(body === undefined
      ? {}
      : { body: typeof body === 'string' ? body : translation.body(body) }),
  });
  translation.learn(step.response, answer.body);
  const differences =
    answer.status === step.status
      ? step.contentType === undefined
        ? differencesOf(normalised(step.response), normalised(answer.body))
        : []
      : [`status: ${step.status} ≠ ${answer.status} ${answer.text.slice(0, 400)}`];
  return { step, answer, differences };
}

/**
 * A watch was recorded beside the writes that it saw. Here they are already done, so it begins right before the first
 * event and ends after a second.
 */
async function replayWatch(api: TestApi, step: Step, translation: Translation): Promise<Replayed> {
  const [first] = step.events ?? [];
  const begins = /[?&]resourceVersion=/.test(step.path)
    ? translation.path(step.path)
    : beginningAt(step.path, Number(translation.version(versionOf(first))) - 1);
  const answer = await api.send({
    method: 'GET',
    path: `${begins}&timeoutSeconds=1`,
    headers: step.headers,
  });
  const events = answer.text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Json)
    .filter((event) => event.type !== 'BOOKMARK')
    .slice(0, step.events?.length);
  const differences = differencesOf(
    normalised(byVersion(step.events ?? [])),
    normalised(byVersion(events)),
  );
  return { step, answer, differences };
}

function beginningAt(path: string, version: number): string {
  return `${path}${path.includes('?') ? '&' : '?'}resourceVersion=${version}`;
}

function versionOf(event: Json): string {
  const object = event?.object ?? {};
  return String(object.metadata?.resourceVersion ?? '');
}

/** Current objects come in any order. */
function byVersion(events: readonly Json[]): Json[] {
  return events.toSorted((a, b) => Number(versionOf(a)) - Number(versionOf(b)));
}
