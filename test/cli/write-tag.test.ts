import { describe, expect, test } from 'vitest';
import { replay, type RecordedExchange } from './replay.ts';

const ns = '/apis/image.openshift.io/v1/namespaces/app';
const tagPath = `${ns}/imagestreamtags/web:v1`;
const streamPath = `${ns}/imagestreams/web`;

const forbidden = refused(403, 'Forbidden', 'no tags for you');
const conflict = refused(409, 'Conflict', 'modified');

function refused(code: number, reason: string, message: string): Answer {
  return { status: code, response: { kind: 'Status', status: 'Failure', code, reason, message } };
}

type Answer = Pick<RecordedExchange, 'status' | 'response'>;

function stream(tags: readonly string[]): Answer {
  const spec = {
    lookupPolicy: { local: false },
    tags: tags.map((name) => ({ name, from: { kind: 'DockerImage', name: 'quay.io/a/b' } })),
  };
  const metadata = { name: 'web', uid: 'u', resourceVersion: '7' };
  return { status: 200, response: { kind: 'ImageStream', metadata, spec } };
}

function answering(answers: readonly [string, string, Answer][]): readonly RecordedExchange[] {
  return answers.map(([method, path, answer]) => ({ method, path, ...answer }));
}

function tagNames(body: unknown): string[] {
  const { spec } = body as { spec: { tags: { name: string }[] } };
  return spec.tags.map(({ name }) => name);
}

describe('where tags may not be written', () => {
  test('the spec of the stream is, again when somebody else was faster', async () => {
    const { stdout, exit, writes } = await replay(['tag', 'quay.io/x/y:z', 'web:v1', '-n', 'app'], {
      now: 0,
      http: answering([
        ['PUT', tagPath, forbidden],
        ['POST', `${ns}/imagestreamtags`, forbidden],
        ['GET', streamPath, stream(['v0', 'v1'])],
        ['PUT', streamPath, conflict],
        ['PUT', streamPath, stream([])],
      ]),
    });
    expect([stdout, exit]).toEqual(['Tag web:v1 set to quay.io/x/y:z.\n', 0]);
    expect(tagNames(writes.at(-1)?.body)).toEqual(['v0', 'v1']);
    expect(writes.at(-1)?.body).toMatchObject({
      metadata: { resourceVersion: '7' },
      spec: { tags: [{}, { from: { name: 'quay.io/x/y:z' }, generation: 0 }] },
    });
  });

  test('a tag is taken out of the spec', async () => {
    const { stdout, writes } = await replay(['tag', '-d', 'web:v1', '-n', 'app'], {
      now: 0,
      http: answering([
        ['DELETE', tagPath, forbidden],
        ['GET', streamPath, stream(['v0', 'v1'])],
        ['PUT', streamPath, stream([])],
      ]),
    });
    expect(stdout).toBe('Deleted tag app/web:v1.\n');
    expect(tagNames(writes.at(-1)?.body)).toEqual(['v0']);
  });

  test.for([
    [refused(404, 'NotFound', 'x'), 'error: Image stream "web" does not exist.\n'],
    [stream(['v0']), 'error: destination tag app/web:v1 does not exist.\n'],
  ] as const)('a tag that is not there is not deleted', async ([answer, message]) => {
    const { stderr, exit } = await replay(['tag', '-d', 'web:v1', '-n', 'app'], {
      now: 0,
      http: answering([
        ['DELETE', tagPath, forbidden],
        ['GET', streamPath, answer],
      ]),
    });
    expect([stderr, exit]).toEqual([message, 1]);
  });
});
