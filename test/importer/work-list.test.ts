import { describe, expect, test } from 'vitest';
import { planWork, type WorkItem } from '#src/importer/work-list.ts';

const digest = `sha256:${'a'.repeat(64)}`;

function item(from: string, more: Partial<WorkItem> = {}): WorkItem {
  return { from, importPolicy: {}, ...more };
}

describe('what is asked for', () => {
  test.for([
    ['python', 'docker.io', 'library/python', 'latest'],
    ['python:3.9', 'docker.io', 'library/python', '3.9'],
    ['index.docker.io/me/app', 'docker.io', 'me/app', 'latest'],
    ['registry-1.docker.io/library/python', 'docker.io', 'library/python', 'latest'],
    ['Quay.IO/me/app', 'quay.io', 'me/app', 'latest'],
    ['quay.io/org/deep/app:v1', 'quay.io', 'org/deep/app', 'v1'],
    ['127.0.0.1:5000/app', '127.0.0.1:5000', 'app', 'latest'],
    [`quay.io/org/app@${digest}`, 'quay.io', 'org/app', digest],
    [`quay.io/org/app:v1@${digest}`, 'quay.io', 'org/app', digest],
  ])('%s is %s/%s, %s', ([from, registry, path, target]) => {
    const [entry] = planWork([item(from!)]);
    expect(entry).toMatchObject({ unit: { target, repository: { registry, path } } });
  });
});

describe('entries that ask for the same', () => {
  test('share one unit, however the source is spelled', () => {
    const [a, b, c] = planWork([
      item('python:3.9'),
      item('docker.io/library/python:3.9'),
      item('docker.io/python:3.9'),
    ]) as { unit: object }[];
    expect(b!.unit).toBe(a!.unit);
    expect(c!.unit).toBe(a!.unit);
  });

  test.for<{ name: string; other: Partial<WorkItem> }>([
    { name: 'mode', other: { importPolicy: { importMode: 'PreserveOriginal' } } },
    { name: 'architecture', other: { preferArch: 'arm64' } },
    { name: 'operating system', other: { preferOs: 'windows' } },
  ])('do not, when they want another $name', ({ other }) => {
    const [a, b] = planWork([item('python:3.9'), item('python:3.9', other)]) as {
      unit: object;
    }[];
    expect(b!.unit).not.toBe(a!.unit);
  });

  test('share a digest, whatever platform they prefer', () => {
    const [a, b] = planWork([
      item(`python@${digest}`, { preferArch: 'arm64' }),
      item(`python@${digest}`),
    ]) as { unit: object }[];
    expect(b!.unit).toBe(a!.unit);
  });

  test('are insecure as the first of their repository says', () => {
    const entries = planWork([
      item('reg.local/app:v1', { importPolicy: { insecure: true } }),
      item('reg.local/app:v2'),
      item('reg.local/other:v1'),
    ]) as { unit: { repository: { insecure: boolean } } }[];
    expect(entries.map(({ unit }) => unit.repository.insecure)).toEqual([true, true, false]);
  });
});

describe('what cannot be asked for', () => {
  test.for([
    [
      'BAD/Ref:latest',
      422,
      ' "" is invalid: from.name: Invalid value: "BAD/Ref:latest": invalid name: repository name must be lowercase',
    ],
    [
      'a b',
      422,
      ' "" is invalid: from.name: Invalid value: "a b": invalid name: invalid reference format',
    ],
    [
      '',
      422,
      ' "" is invalid: from.name: Invalid value: "": invalid name: repository name must have at least one component',
    ],
  ] as const)('%s answers %i', ([from, code, message]) => {
    expect(planWork([item(from)])).toMatchObject([{ failure: { code, message } }]);
  });

  test('a registry without a repository', () => {
    const [entry] = planWork([item('quay.io')]);
    expect(entry).toMatchObject({
      failure: { code: 500, message: expect.stringContaining('unable to parse docker reference') },
    });
  });

  test('a failure leaves the other entries alone', () => {
    const [bad, good] = planWork([item('a b'), item('python')]);
    expect(bad).toHaveProperty('failure');
    expect(good).toHaveProperty('unit');
  });
});
