import { failure, StatusError } from '#src/meta/status.ts';

/** One range of an `Accept` header: `application/json;as=Table;v=v1;g=meta.k8s.io;q=0.9`. */
export interface MediaRange {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

type Encoding = 'json' | 'yaml';

/** What an object may be turned into on the way out. */
type Transform = 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';

export interface Negotiated {
  readonly encoding: Encoding;
  readonly transform?: { readonly kind: Transform; readonly apiVersion: string };
}

const encodings: readonly (readonly [string, Encoding])[] = [
  ['application/json', 'json'],
  ['application/yaml', 'yaml'],
];
const transforms: ReadonlySet<string> = new Set([
  'Table',
  'PartialObjectMetadata',
  'PartialObjectMetadataList',
]);
const transformVersions: ReadonlySet<string> = new Set(['v1', 'v1beta1']);

/** The ranges of an `Accept` header, the most wanted first; order decides between equal qualities. */
export function parseAccept(header: string | undefined): readonly MediaRange[] {
  const ranges = (header ?? '')
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(parseRange);
  const wanted = ranges.length === 0 ? [parseRange('*/*')] : ranges;
  return wanted.filter((range) => range.quality > 0).toSorted((a, b) => b.quality - a.quality);
}

/**
 * How to answer with an object: the first range of `Accept` that can be served.
 * @throws {StatusError} 406 when none can
 */
export function negotiate(header: string | undefined): Negotiated {
  for (const range of parseAccept(header)) {
    const encoding = encodings.find(([type]) => covers(range.type, type))?.[1];
    const negotiated = encoding === undefined ? undefined : withTransform(range, encoding);
    if (negotiated !== undefined) return negotiated;
  }
  throw notAcceptable();
}

export function notAcceptable(): StatusError {
  return new StatusError(
    failure(
      406,
      'NotAcceptable',
      'only the following media types are accepted: application/json, application/yaml',
      {},
    ),
  );
}

/** Whether a range such as `application/*` includes a media type. */
export function covers(range: string, type: string): boolean {
  if (range === type || range === '*/*') return true;
  return range.endsWith('/*') && type.startsWith(range.slice(0, -1));
}

function withTransform({ parameters }: MediaRange, encoding: Encoding): Negotiated | undefined {
  const kind = parameters.get('as');
  if (kind === undefined) return parameters.has('g') ? undefined : { encoding };
  const version = parameters.get('v') ?? '';
  const known =
    transforms.has(kind) && transformVersions.has(version) && parameters.get('g') === 'meta.k8s.io';
  return known
    ? { encoding, transform: { kind: kind as Transform, apiVersion: `meta.k8s.io/${version}` } }
    : undefined;
}

function parseRange(text: string): MediaRange {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim());
  const parameters = new Map(
    rest.map((parameter) => {
      const [name = '', value = ''] = parameter.split('=', 2);
      return [name.toLowerCase().trim(), value.trim().replaceAll('"', '')] as const;
    }),
  );
  const quality = Number(parameters.get('q') ?? '1');
  return { type: type.toLowerCase(), parameters, quality: Number.isNaN(quality) ? 1 : quality };
}
