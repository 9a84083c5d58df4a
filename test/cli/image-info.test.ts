import { describe, expect, test } from 'vitest';
import { replay, type Replayed } from './replay.ts';

const now = Date.parse('2026-01-10T12:00:00Z');
const path = '/apis/image.openshift.io/v1/namespaces/app/imagestreamimports';
const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;

function image(letter: string, os: string): unknown {
  const metadata = {
    Created: '2024-01-10T12:00:00Z',
    Size: 1_500_000,
    Architecture: 'arm64',
    Config: { Env: ['A=1', 'B=2'], Labels: { z: '1', a: '2' }, ExposedPorts: { '80/tcp': {} } },
  };
  return {
    metadata: { name: digest(letter) },
    dockerImageManifestMediaType: 'application/vnd.oci.image.manifest.v1+json',
    dockerImageMetadata: metadata,
    dockerImageLayers: [{ name: digest('f'), size: 97, mediaType: 'layer' }],
    dockerImageConfig: JSON.stringify({ os }),
  };
}

const index = {
  status: { status: 'Success' },
  image: {
    metadata: { name: digest('0') },
    dockerImageManifests: [
      { digest: digest('a'), os: 'linux', architecture: 'amd64' },
      { digest: digest('b'), os: 'linux', architecture: 'arm64', variant: 'v8' },
    ],
  },
  manifests: [image('a', 'linux'), image('b', 'linux')],
};

function run(answer: unknown, ...args: readonly string[]): Promise<Replayed> {
  return replay(['image', 'info', ...args, '-n', 'app'], {
    now,
    http: [{ method: 'POST', path, status: 201, response: { status: { images: [answer] } } }],
  });
}

test('what a registry has is shown, and nothing is stored', async () => {
  const one = { status: { status: 'Success' }, image: image('a', 'linux') };
  const { stdout, writes } = await run(one, '--insecure', 'quay.io/acme/app:1');
  expect(writes[0]?.body).toMatchObject({
    spec: {
      import: false,
      images: [{ from: { name: 'quay.io/acme/app:1' }, importPolicy: { insecure: true } }],
    },
  });
  expect(stdout.split('\n')).toEqual([
    'Name:          quay.io/acme/app:1',
    `Digest:        ${digest('a')}`,
    'Media Type:    application/vnd.oci.image.manifest.v1+json',
    'Created:       2y ago',
    'Image Size:    1.5MB in 1 layers',
    `Layers:        97B ${digest('f')}`,
    'OS:            linux',
    'Arch:          arm64',
    'Exposes Ports: 80/tcp',
    'Environment:   A=1',
    '               B=2',
    'Labels:        a=2',
    '               z=1',
    '',
  ]);
});

describe('of an index', () => {
  test('the platforms are listed when none is chosen', async () => {
    const { stdout, stderr, exit } = await run(index, 'quay.io/acme/app:1');
    expect([stdout, exit]).toEqual(['', 1]);
    expect(stderr).toBe(
      'error: the image is a manifest list and contains multiple images - use --filter-by-os to select from:\n\n' +
        `OS              DIGEST\nlinux/amd64     ${digest('a')}\nlinux/arm64/v8  ${digest('b')}\n`,
    );
  });

  test('one is chosen by a pattern', async () => {
    const { stdout } = await run(
      index,
      'quay.io/acme/app:1',
      '--filter-by-os=arm64/v8',
      '-o',
      'json',
    );
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'quay.io/acme/app:1',
      digest: digest('b'),
      listDigest: digest('0'),
      layers: [{ digest: digest('f'), size: 97 }],
      config: { os: 'linux' },
    });
  });

  test('all are shown when asked for', async () => {
    const { stdout } = await run(index, 'quay.io/acme/app:1', '--show-multiarch');
    expect(stdout.match(/^Digest: +(\S+)/gm)).toHaveLength(2);
    expect(stdout.match(/^Manifest List: /gm)).toHaveLength(2);
  });

  test('a pattern that is none is refused', async () => {
    const { stderr, exit } = await run(index, 'quay.io/acme/app:1', '--filter-by-os=(');
    expect(exit).toBe(2);
    expect(stderr).toContain('--filter-by-os must be a regular expression, not "("');
  });
});

test.for([
  ['NotFound', 'gone', 'image "quay.io/acme/app:1" not found: gone'],
  [
    'Unauthorized',
    'x',
    'image "quay.io/acme/app:1" does not exist or you don\'t have permission to access the repository',
  ],
  ['InternalError', 'no such host', 'no such host'],
] as const)('a failure is told: %s', async ([reason, message, text]) => {
  const answer = { status: { status: 'Failure', reason, message } };
  const { stderr, exit } = await run(answer, 'quay.io/acme/app:1');
  expect([stderr, exit]).toEqual([`error: ${text}\n`, 1]);
});

test.for([
  [
    'quay.io/acme/app',
    '"quay.io/acme/app" must point to an image ID or image tag, as quay.io/acme/app:latest does',
  ],
  ['UPPER CASE:x', 'is not a valid image reference'],
])('"%s" is refused', async ([name, message]) => {
  const { stderr, exit, writes } = await run(index, name!);
  expect([exit, writes]).toEqual([1, []]);
  expect(stderr).toContain(message);
});
