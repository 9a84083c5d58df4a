import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { replay, type RecordedExchange } from './replay.ts';

/** A run of `oc` 4.13 against a real server. */
interface Recorded {
  readonly file: string;
  readonly args: readonly string[];
  readonly stdin: string;
  readonly http: readonly RecordedExchange[];
  readonly stdout: string;
  readonly stderr: string;
  readonly exit: number;
  /** The time at which the printed ages were true. */
  readonly now: string;
}

const verbs = ['tag', 'import-image', 'describe', 'get', 'create', 'apply', 'delete', 'change'];

describe.for(verbs)('%s', (verb) => {
  test.for(recorded(verb))('prints and sends what oc does: $file', async (run) => {
    const { args, http, stdin, now } = run;
    const result = await replay(args, { http, now: Date.parse(now), stdin });
    expect(result.stdout).toBe(run.stdout);
    expect(result.stderr.replaceAll("'sluice ", "'oc ")).toBe(run.stderr);
    expect(result.exit === 0).toBe(run.exit === 0);
    const wanted = http.filter(({ method }) => method !== 'GET');
    expect(result.writes.map(comparable)).toEqual(wanted.map(comparable));
  });
});

function recorded(verb: string): Recorded[] {
  const file = new URL(`../golden/cli/${verb}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as Recorded[];
}

/** `import-image --all` of oc sends the images in any order. */
function comparable({
  method,
  path,
  body,
}: Omit<RecordedExchange, 'status' | 'response'>): unknown {
  const sent = meaningful(body) as { spec?: { images?: { to?: { name: string } }[] } } | undefined;
  sent?.spec?.images?.sort((a, b) => ((a.to?.name ?? '') < (b.to?.name ?? '') ? -1 : 1));
  return { method, path, body: sent };
}

/** What Go sends although it says nothing, besides zero times. */
const emptyFields: Readonly<Record<string, readonly string[]>> = {
  ImageStream: ['status'],
  ImageStreamTag: ['image', 'lookupPolicy', 'generation'],
};

/** The body without what says nothing. */
function meaningful(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => meaningful(item));
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as Readonly<Record<string, unknown>>;
  const empty = emptyFields[String(fields['kind'])] ?? [];
  return Object.fromEntries(
    Object.entries(fields)
      .filter(
        ([key, item]) => !empty.includes(key) && !(key === 'creationTimestamp' && item === null),
      )
      .map(([key, item]) => [key, meaningful(item)]),
  );
}
