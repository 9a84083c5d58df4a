import { expect, test } from 'vitest';
import { replay } from './replay.ts';

function image(digit: string): string {
  return `sha256:${digit.repeat(64)}`;
}

test.for([
  ['create', 'imagestream', 'app'],
  ['patch', 'is', 'app', '-p', '{"metadata":{"labels":{"a":"b"}}}'],
  ['import-image', 'app', '--from=quay.io/acme/app:1', '--confirm'],
  ['set', 'image-lookup', 'app'],
])('nothing is changed whose outcome could not be printed: %s', async ([...args]) => {
  const { stderr, exit, writes } = await replay([...args, '-o', 'jsn', '-n', 'ns'], {
    http: [],
    now: 0,
  });
  expect(stderr).toContain('unable to match a printer suitable for the output format "jsn"');
  expect([exit, writes]).toEqual([2, []]);
});

test('a format of diff that there is not is refused', async () => {
  const path = '/apis/image.openshift.io/v1/namespaces/ns/imagestreams/app';
  const items = ['b', 'a'].map((digit) => ({
    created: '2026-01-01T00:00:00Z',
    dockerImageReference: `quay.io/acme/app@${image(digit)}`,
    image: image(digit),
    generation: 1,
  }));
  const response = {
    metadata: { name: 'app', namespace: 'ns' },
    spec: { lookupPolicy: { local: false } },
    status: { dockerImageRepository: '', tags: [{ tag: 'v1', items }] },
  };
  const images = ['a', 'b'].map((digit) => ({
    method: 'GET',
    path: `/apis/image.openshift.io/v1/namespaces/ns/imagestreamimages/app@${image(digit)}`,
    status: 200,
    response: { image: { metadata: { name: image(digit) }, dockerImageLayers: [] } },
  }));
  const http = [{ method: 'GET', path, status: 200, response }, ...images];
  const args = ['diff', 'app:v1', '-n', 'ns', '-o'];
  const wrong = await replay([...args, 'jsn'], { http, now: 0 });
  expect([wrong.exit, wrong.stdout]).toEqual([2, '']);
  expect(wrong.stderr).toContain('output format "jsn", allowed formats are: json,yaml');
  expect(JSON.parse((await replay([...args, 'json'], { http, now: 0 })).stdout)).toMatchObject({
    from: image('a'),
    to: image('b'),
  });
});
