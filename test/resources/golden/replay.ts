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
  readonly #tokens = new Map<string, string>();
  readonly #byField: Readonly<Record<string, Map<string, string>>> = {
    resourceVersion: this.#versions,
    uid: this.#uids,
    continue: this.#tokens,
  };
  readonly #latest = new Map<string, Json>();

  readonly #hosts: ReadonlyMap<string, string>;

  /** @param hosts the recorded addresses of registries by those here */
  constructor(hosts: ReadonlyMap<string, string> = new Map()) {
    this.#hosts = hosts;
  }

  /** A recorded text with the addresses that the registries have here. */
  here(text: string): string {
    let result = text;
    for (const [recorded, here] of this.#hosts) result = result.replaceAll(recorded, here);
    return result;
  }

  /** An answer as it would be if the registries had their recorded addresses; also inside pull secrets. */
  recorded(value: Json): Json {
    if (this.#hosts.size === 0 || value === undefined) return value;
    let text = JSON.stringify(value).replaceAll(
      secretPattern,
      (_, field: string, data: string) => `${field}${encoded(this.#there(decoded(data)))}"`,
    );
    text = this.#there(text);
    return JSON.parse(text);
  }

  #there(text: string): string {
    let result = text;
    for (const [recorded, here] of this.#hosts) result = result.replaceAll(here, recorded);
    return result;
  }

  /** Learns from two answers to the same request. */
  learn(recorded: Json, actual: Json): void {
    if (!isObject(recorded) || !isObject(actual)) return;
    for (const [key, value] of Object.entries(recorded)) {
      const known = this.#byField[key];
      if (known === undefined) this.learn(value, actual[key]);
      else if (isText(value) && isText(actual[key])) known.set(value, actual[key]);
    }
  }

  /** Notes what is stored under a path, whose times a later PUT has to repeat. */
  note(path: string, actual: Json): void {
    this.#latest.set(path, actual);
  }

  /** A body for a PUT: parts that say what is stored are sent as they are stored here. */
  put(path: string, recorded: Json): Json {
    const body = this.body(recorded);
    const stored = this.#latest.get(path) ?? {};
    for (const part of ['metadata', 'status']) {
      if (body[part] === undefined) continue;
      if (differencesOf(normalised(body[part]), normalised(stored[part])).length === 0)
        body[part] = { ...stored[part], ...seenIn(body[part]) };
    }
    return body;
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
    return path
      .replace(
        /([?&]resourceVersion=)(\d+)/,
        (_, before: string, version: string) => before + this.version(version),
      )
      .replace(
        /([?&]continue=)([^&]+)/,
        (_, before: string, token: string) => before + (this.#tokens.get(token) ?? token),
      );
  }
}

/** What a client says it has seen stays as it says. */
function seenIn(part: Json): Json {
  const fields = ['resourceVersion', 'uid'].filter((field) => part?.[field] !== undefined);
  return Object.fromEntries(fields.map((field) => [field, part[field]]));
}

function isObject(value: Json): boolean {
  return typeof value === 'object' && value !== null;
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
  const path = translation.here(withoutDryRun(translation.path(step.path)));
  const answer = await api.send({
    method: step.method,
    path,
    headers: step.headers,
    ...(body === undefined ? {} : { body: translation.here(textOf(step, translation)) }),
  });
  const actual = translation.recorded(answer.body);
  translation.learn(step.response, answer.body);
  if (answer.status < 300) translation.note(placeOf(step), answer.body);
  const differences =
    answer.status === step.status
      ? step.contentType === undefined
        ? differencesOf(normalised(step.response), normalised(actual))
        : []
      : [`status: ${step.status} ≠ ${answer.status} ${answer.text.slice(0, 400)}`];
  return { step, answer, differences };
}

function textOf(step: Step, translation: Translation): string {
  return typeof step.body === 'string' ? step.body : JSON.stringify(bodyOf(step, translation));
}

const secretPattern = /("\.dockerconfigjson":")([A-Za-z0-9+/=]+)"/g;

function decoded(data: string): string {
  return Buffer.from(data, 'base64').toString();
}

function encoded(text: string): string {
  return Buffer.from(text).toString('base64');
}

function bodyOf(step: Step, translation: Translation): Json {
  return step.method === 'PUT'
    ? translation.put(placeOf(step), step.body)
    : translation.body(step.body);
}

function placeOf({ path }: Step): string {
  return path.split('?')[0] ?? path;
}

/** The recorded server ignored dry runs of these and stored; so that what follows agrees, they are stored here too. */
function withoutDryRun(path: string): string {
  const [place = '', query = ''] = path.split('?');
  if (!/\/(imagestreamtags|imagetags|imagestreammappings|imagestreamimports)\b/.test(place))
    return path;
  const kept = query.split('&').filter((each) => each !== '' && !each.startsWith('dryRun='));
  return kept.length === 0 ? place : `${place}?${kept.join('&')}`;
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
    .map((line): Json => JSON.parse(line))
    .filter((event) => event.type !== 'BOOKMARK')
    .slice(0, step.events?.length);
  const differences = differencesOf(
    normalised(byVersion(step.events ?? [])),
    normalised(translation.recorded(byVersion(events))),
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
