import { describe, expect, test } from 'vitest';
import { replay, type RecordedExchange } from './replay.ts';

const root = '/apis/image.openshift.io/v1';
const now = Date.parse('2026-01-10T12:00:00Z');

function digest(pair: string): string {
  return `sha256:${pair.repeat(32)}`;
}

function image(pair: string, size = 100): unknown {
  return {
    metadata: { name: digest(pair), creationTimestamp: '2026-01-01T00:00:00Z' },
    dockerImageMetadata: { Size: size },
  };
}

function stream(pairs: readonly string[], resourceVersion = '7'): unknown {
  const items = pairs.map((pair) => ({
    created: '2026-01-02T00:00:00Z',
    dockerImageReference: `quay.io/a/b@${digest(pair)}`,
    image: digest(pair),
    generation: 1,
  }));
  return {
    kind: 'ImageStream',
    metadata: {
      namespace: 'shop',
      name: 'web',
      creationTimestamp: '2026-01-01T00:00:00Z',
      resourceVersion,
    },
    spec: { lookupPolicy: { local: false } },
    status: { dockerImageRepository: '', tags: [{ tag: 'v1', items }] },
  };
}

function list(kind: string, items: readonly unknown[]): unknown {
  return { kind, apiVersion: 'image.openshift.io/v1', metadata: {}, items };
}

type Answer = [method: string, path: string, status: number, response: unknown];

function served(streams: readonly unknown[], ...others: readonly Answer[]): RecordedExchange[] {
  const images = ['aa', 'bb', 'cc', 'dd', 'ee'].map((pair) =>
    image(pair, pair === 'aa' ? 4096 : 1),
  );
  const answers: Answer[] = [
    ['GET', `${root}/imagestreams`, 200, list('ImageStreamList', streams)],
    ['GET', `${root}/namespaces/shop/imagestreams`, 200, list('ImageStreamList', streams)],
    ['GET', `${root}/images`, 200, list('ImageList', images)],
    ...['aa', 'bb', 'cc', 'dd', 'ee'].map((pair): Answer => [
      'GET',
      `${root}/images/${digest(pair)}`,
      200,
      image(pair),
    ]),
    ...others,
  ];
  return answers.map(([method, path, status, response]) => ({ method, path, status, response }));
}

const streamPath = `${root}/namespaces/shop/imagestreams/web`;
const conflict = { kind: 'Status', status: 'Failure', code: 409, reason: 'Conflict', message: 'x' };
const missing = { kind: 'Status', status: 'Failure', code: 404, reason: 'NotFound', message: 'x' };
const denied = { kind: 'Status', status: 'Failure', code: 403, reason: 'Forbidden', message: 'no' };

test('a dry run tells what would go and sends nothing', async () => {
  const http = served([stream(['dd', 'cc', 'bb', 'aa'])]);
  const run = await replay(['adm', 'prune', 'images', '--keep-tag-revisions=2'], { http, now });
  expect(run.writes).toEqual([]);
  expect(run.exit).toBe(0);
  expect(run.stderr).toBe(
    'Dry run enabled - no modifications will be made. Add --confirm to remove images\n',
  );
  expect(run.stdout).toBe(
    [
      'Deleting 2 items from image stream shop/web',
      ...['aa', 'bb', 'ee'].map((pair) => `Deleting image ${digest(pair)}`),
      'Summary: deleted 3 image object(s), deleted 2 image stream tag item(s), updated 1 image stream(s)',
      '',
    ].join('\n'),
  );
});

test('confirmed, the status is written without the entries, over what others wrote meanwhile', async () => {
  const http = served(
    [stream(['dd', 'cc', 'bb', 'aa'])],
    ['PUT', `${streamPath}/status`, 409, conflict],
    ['GET', streamPath, 200, stream(['ee', 'dd', 'cc', 'bb', 'aa'], '8')],
    ['PUT', `${streamPath}/status`, 200, stream([])],
  );
  const args = ['adm', 'prune', 'images', '--confirm', '--keep-tag-revisions=2'];
  // Nothing but the list says here what is left, and it still has all images but ee.
  const run = await replay(args, {
    http: [...http, { method: 'DELETE', path: `${root}/images/${digest('ee')}`, ...gone }],
    now,
  });
  expect(run.stderr).toBe(
    'Only API objects will be removed.  No modifications to the image registry will be made.\n',
  );
  expect(run.writes.map(({ method }) => method)).toEqual(['PUT', 'PUT', 'DELETE']);
  const body = run.writes[1]?.body as {
    metadata: { resourceVersion: string };
    status: { tags: { items: { image: string }[] }[] };
  };
  expect(body.metadata.resourceVersion).toBe('8');
  expect(body.status.tags[0]?.items.map((item) => item.image)).toEqual(['ee', 'dd'].map(digest));
  expect(run.stdout).toContain('Deleting 3 items from image stream shop/web\n');
});

const gone = { status: 404, response: missing };

test('with a namespace only its streams are pruned, and no image', async () => {
  const http = served([stream(['dd', 'cc', 'bb', 'aa'])]);
  const run = await replay(['adm', 'prune', 'images', '-n', 'shop', '--keep-tag-revisions=3'], {
    http,
    now,
  });
  expect(run.stdout).toBe(
    [
      'Deleting 1 items from image stream shop/web',
      'Summary: deleted 1 image stream tag item(s), updated 1 image stream(s)',
      '',
    ].join('\n'),
  );
});

test('what may not be removed is told, and the rest goes on', async () => {
  const http = served(
    [stream(['dd', 'cc'])],
    ...['aa', 'bb', 'ee'].map((pair): Answer => [
      'DELETE',
      `${root}/images/${digest(pair)}`,
      pair === 'aa' ? 403 : 200,
      pair === 'aa' ? denied : {},
    ]),
  );
  const run = await replay(['adm', 'prune', 'images', '--confirm', '--num-workers=1'], {
    http,
    now,
  });
  expect(run.exit).toBe(1);
  expect(run.stdout).toContain('Summary: deleted 2 image object(s)\n');
  expect(run.stderr).toContain('error: no\nerror: 1 objects could not be pruned\n');
});

function limits(spec: unknown): Answer {
  const metadata = { namespace: 'shop', name: 'l' };
  return ['GET', '/api/v1/limitranges', 200, list('LimitRangeList', [{ metadata, spec }])];
}

test('by size, the limit of the namespace counts', async () => {
  const spec = { limits: [{ type: 'openshift.io/Image', max: { storage: '4Ki' } }] };
  const less = { limits: [{ type: 'openshift.io/Image', max: { storage: '4095' } }] };
  const args = ['adm', 'prune', 'images', '--prune-over-size-limit'];
  const fits = await replay(args, { http: served([stream(['dd', 'aa'])], limits(spec)), now });
  expect(fits.stdout).not.toContain('items from');
  const larger = await replay(args, { http: served([stream(['dd', 'aa'])], limits(less)), now });
  expect(larger.stdout).toContain('Deleting 1 items from image stream shop/web\n');
});

describe('the command line is refused', () => {
  test.for([
    [
      ['--prune-over-size-limit', '--keep-tag-revisions=1'],
      '--prune-over-size-limit cannot be specified with --keep-tag-revisions nor --keep-younger-than',
    ],
    [['--keep-tag-revisions=-1'], '--keep-tag-revisions must be greater than or equal to 0'],
    [['--keep-younger-than=-1m'], '--keep-younger-than must be greater than or equal to 0'],
    [['--keep-younger-than=x'], '"x" is not a duration'],
    [['--keep-tag-revisions=x'], '--keep-tag-revisions must be a number, not "x"'],
    [['--prune-registry'], '--prune-registry is not possible'],
    [['all'], 'no arguments are allowed to this command'],
  ] as const)('%j', async ([flags, message]) => {
    const run = await replay(['adm', 'prune', 'images', ...flags], { http: served([]), now });
    expect(run.exit).toBeGreaterThan(0);
    expect(run.stderr).toContain(`error: ${message}`);
    expect(run.writes).toEqual([]);
  });
});

test('where nothing is to be removed, that is said', async () => {
  const http = [
    { method: 'GET', path: `${root}/imagestreams`, status: 200, response: list('L', []) },
    { method: 'GET', path: `${root}/images`, status: 200, response: list('L', []) },
  ];
  const run = await replay(['adm', 'prune', 'images'], { http, now });
  expect(run.stdout).toBe('Summary: deleted 0 objects\n');
});
