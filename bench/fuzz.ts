/**
 * What is read of strangers costs at most a millisecond a KiB (ten of YAML), whatever stands in it: runs of everything that has a
 * meaning, nested and unclosed, at sizes that show a cost which grows faster than its input; and texts made at random.
 */
import fc from 'fast-check';

import { ParseError, parseJsonOrYaml } from '#src/apiserver/decode/parse.ts';
import { readAuthEntry } from '#src/credentials/auth-entry.ts';
import { pullSecretCredentials } from '#src/credentials/pull-secrets.ts';
import { keyMatches, parseRegistryKey } from '#src/credentials/registry-key.ts';
import { parseDockerImageReference } from '#src/domain/reference.ts';
import type { Image } from '#src/domain/types.ts';
import { validateImage } from '#src/domain/validation/image.ts';
import { withoutCredentials } from '#src/lib/redact.ts';
import { parseFieldSelector } from '#src/meta/field-selector.ts';
import { parseLabelSelector, SelectorError } from '#src/meta/label-selector.ts';
import { urlMatches } from '#src/meta/rbac/covers.ts';
import { parseChallenges } from '#src/oci/auth/challenge.ts';
import { OciError } from '#src/oci/errors/base.ts';
import { parseManifest } from '#src/oci/manifest/parse.ts';
import { nextPage } from '#src/oci/net/link.ts';
import { ociIndex, ociManifest } from '#src/oci/ref/media-type.ts';
import { parseReference } from '#src/oci/ref/reference.ts';
import { cleanText } from '#src/oci/text.ts';

import { missedLimits, type BenchContext, type BenchResult, type Limit } from './support/bench.ts';
import { measureSelf, rounded } from './support/measure.ts';

export const description =
  'references, challenges, docker configs, Links, manifests, selectors and rules of attackers';

const page = new URL('https://r.test/v2/a/tags/list');
const kib = 1024;
const maxMsPerKib = 1;
/** Its reader is a library's, and slow; no text is longer than a MiB. */
const maxYamlMsPerKib = 10;
/** The smallest says what a call costs at least, the largest whether the cost grows with the square. */
const sizes = [4 * kib, 16 * kib, 64 * kib];
const attempts = 5;
const randomTexts = 400;

type Reader = (text: string) => unknown;

const readers: Readonly<Record<string, Reader>> = {
  reference: (text) => parseReference(text),
  challenge: (text) => parseChallenges(text),
  link: (text) => nextPage(text, page, {}),
  manifest: (text) => parseManifest(Buffer.from(text), ociManifest),
  index: (text) => parseManifest(Buffer.from(text), ociIndex),
  dockerConfig: (text) => readSecret(text),
  registryKey: (text) => {
    const key = parseRegistryKey(text);
    return key === undefined ? undefined : keyMatches(key, `${text.slice(0, 200)}.test`, text);
  },
  errorText: (text) => cleanText(text),
  authEntry: (text) => readAuthEntry({ auth: Buffer.from(text).toString('base64') }),
  imageReference: (text) => parseDockerImageReference(text),
  imageDigest: (text) => validateImage(imageOf(text)),
  labelSelector: (text) => parseLabelSelector(text),
  fieldSelector: (text) => parseFieldSelector(text),
  ruleUrl: (text) => urlMatches(`${text}*`, '/version'),
  redaction: (text) => withoutCredentials(text),
  yaml: (text) => parseJsonOrYaml(text),
};

/** What is repeated, with what stands before and after it. */
const units: readonly (readonly [name: string, before: string, unit: string, after: string])[] = [
  ['letters', '', 'a', '!'],
  ['separators', '', 'a-', '!'],
  ['underscores', '', 'a__', '!'],
  ['dots', '', 'a.', '!'],
  ['stars', '', '*a', '!'],
  ['slashes', '', '/a', '!'],
  ['only stars', '', '*', '!'],
  ['NUL bytes', 'a:', '\0', '!'],
  ['colons', '', 'a:', '!'],
  ['values', 'a in (', 'b,', ')'],
  ['requirements', '', 'a=b,', 'c'],
  ['anchors', '', '&a ', ''],
  ['types', '', '! ', ''],
  ['scalars', '', '"a" ', ''],
  ['items', '', '- a\n', ''],
  ['blanks', '', ' ', '!'],
  ['quotes', 'Bearer realm="', '\\"', ''],
  ['unclosed quotes', 'Bearer ', 'a="', ''],
  ['commas', 'Bearer ', 'a=b,', '!'],
  ['schemes', '', 'Basic ,', '!'],
  ['links', '', '<a>;rel="x",', '!'],
  ['unclosed links', '', '<', ''],
  ['link parameters', '<a>', ';a="b"', ''],
  ['brackets', '', '[', ''],
  ['braces', '', '{"a":', ''],
  ['equal keys', '{', '"a":1,', '"a":1}'],
  ['descriptors', '{"schemaVersion":2,"layers":[', '{"digest":"x","size":1},', '{}]}'],
  ['escapes', '{"a":"', String.raw`\u0041`, '"}'],
  ['URLs', '', 'a://b:c@', ''],
  ['credentials', '', 'Basic ', 'x'],
  ['auths', '{"auths":{', '"a.b/c":{"auth":"YTpi"},', '"z":{}}}'],
  ['nested auths', '{"auths":', '{"a":', '1'],
];

export function run(context: BenchContext): Promise<BenchResult> {
  const whole = measureSelf();
  const worst = new Map<string, { msPerKib: number; what: string }>();
  const note = (reader: string, what: string, msPerKib: number): void => {
    if (msPerKib > (worst.get(reader)?.msPerKib ?? -1)) worst.set(reader, { msPerKib, what });
  };
  let items = 0;
  for (const [name, read] of Object.entries(readers)) {
    context.progress(name);
    for (const [what, before, unit, after] of units)
      for (const size of sizes) {
        const text = before + unit.repeat(Math.floor(size / unit.length)) + after;
        note(name, `${what}, ${size / kib} KiB`, bestMs(read, text) / (text.length / kib));
        items += 1;
      }
    for (const text of madeAtRandom(name)) {
      note(name, 'at random', bestMs(read, text) / Math.max(1, text.length / kib));
      items += 1;
    }
  }
  const limits = [...worst].map(([name, { msPerKib }]): Limit => ({
    name: `${name}: ms a KiB`,
    value: rounded(msPerKib, 4),
    atMost: name === 'yaml' ? maxYamlMsPerKib : maxMsPerKib,
  }));
  const missed = missedLimits(limits);
  return Promise.resolve({
    items,
    ...whole(),
    details: Object.fromEntries(
      [...worst].map(([name, { msPerKib, what }]) => [
        name,
        { msPerKib: rounded(msPerKib, 4), what },
      ]),
    ),
    ...(missed.length > 0 && { missed }),
  });
}

const refusals = [OciError, ParseError, SelectorError];

/** The fastest of some: other work of the process counts too. */
function bestMs(read: Reader, text: string): number {
  let best = Infinity;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const started = performance.now();
    try {
      read(text);
    } catch (error) {
      if (!refusals.some((refusal) => error instanceof refusal)) throw error;
    }
    best = Math.min(best, performance.now() - started);
  }
  return best;
}

/** Texts of the characters that mean something; the same ones in every run. */
function madeAtRandom(reader: string): string[] {
  const words = [
    ' ',
    ',',
    ';',
    '=',
    '"',
    '\\',
    '<',
    '>',
    ':',
    '/',
    '@',
    '.',
    '-',
    '_',
    '*',
    '{',
    '}',
  ];
  const unit = fc.constantFrom(
    ...words,
    '[',
    ']',
    'a',
    'Z',
    '0',
    'Bearer ',
    'realm=',
    '"auths":',
    '"digest":',
  );
  const text = fc.array(unit, { minLength: 500, maxLength: 8000 }).map((parts) => parts.join(''));
  return fc.sample(text, { numRuns: randomTexts, seed: reader.length });
}

function imageOf(digest: string): Image {
  const part = { digest, mediaType: 'a/b', manifestSize: 1, architecture: 'amd64', os: 'linux' };
  return {
    metadata: { name: 'sha256:x' },
    dockerImageReference: 'quay.io/a/b:c',
    dockerImageManifests: [part],
  };
}

function readSecret(text: string): unknown {
  const data = { '.dockerconfigjson': Buffer.from(text).toString('base64') };
  const type = 'kubernetes.io/dockerconfigjson';
  return pullSecretCredentials([{ name: 'pull', type, data }]);
}
