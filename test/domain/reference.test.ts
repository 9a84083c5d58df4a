import { describe, expect, test } from 'vitest';
import {
  daemonMinimal,
  exactReference,
  mostSpecific,
  parseDockerImageReference,
  referenceOf,
  referenceString,
  registryHost,
  repositoryKey,
  withClientDefaults,
  type DockerImageReference,
} from '#src/domain/reference.ts';

const hash = '3c87c572822935df60f0f5d3665bd376841a7fcfeb806b5f212de6a00e9a7b25';
const id = `sha256:${hash}`;

function parts(text: string): string[] {
  const parsed = parseDockerImageReference(text);
  if (!parsed.ok) throw new Error(parsed.error);
  const { registry, namespace, name, tag, id: digest } = parsed.reference;
  return [registry, namespace, name, tag, digest];
}

function derive(text: string): DockerImageReference {
  const reference = referenceOf(text);
  if (reference === undefined) throw new Error(`${text} is no reference`);
  return reference;
}

describe('a pull spec is split into registry, namespace, name, tag and id', () => {
  test.for([
    ['foo', ['', '', 'foo', '', '']],
    ['wildfly:15.0', ['', '', 'wildfly', '15.0', '']],
    [id, ['', '', 'sha256', hash, '']],
    [`foo@${id}`, ['', '', 'foo', '', id]],
    ['bar/foo/baz:tag', ['', 'bar', 'foo/baz', 'tag', '']],
    ['bar:5000/foo/baz', ['bar:5000', 'foo', 'baz', '', '']],
    ['bar:5000/baz', ['bar:5000', '', 'baz', '', '']],
    ['myregistry.io/foo', ['myregistry.io', '', 'foo', '', '']],
    ['localhost/bar', ['localhost', '', 'bar', '', '']],
    ['docker.io/user/project/myapp', ['docker.io', 'user', 'project/myapp', '', '']],
    ['quay.io', ['quay.io', '', '', '', '']],
    ['localhost:5000', ['localhost:5000', '', '', '', '']],
    [`repo:tag@${id}`, ['', '', 'repo', 'tag', id]],
    ['Foo/bar', ['', 'Foo', 'bar', '', '']],
  ] as const)('%s', ([text, expected]) => {
    expect(parts(text)).toEqual(expected);
  });
});

describe('what is no pull spec is refused with the words of the distribution library', () => {
  test.for([
    ['', 'repository name must have at least one component'],
    ['https://quay.io/x', 'invalid reference format'],
    ['//foo', 'invalid reference format'],
    ['a////b', 'invalid reference format'],
    ['x:Tag/y', 'invalid reference format'],
    ['foo@badid', 'invalid reference format'],
    ['foo@sha256:bad', 'invalid reference format'],
    [`@${id}`, 'invalid reference format'],
    [':tag', 'invalid reference format'],
    ['BAD REF', 'invalid reference format'],
    ['BAD', 'repository name must be lowercase'],
    ['registry:3000/x/imageStream:ok', 'repository name must be lowercase'],
    [`foo@sha256:${hash.slice(32)}`, 'invalid checksum digest length'],
    [`foo@md5:${hash}`, 'unsupported digest algorithm'],
    [`foo/${'a'.repeat(252)}`, 'repository name must not be more than 255 characters'],
  ] as const)('%s', ([text, error]) => {
    expect(parseDockerImageReference(text)).toEqual({ ok: false, error });
  });

  test('a hostile name is refused in linear time', () => {
    const parsed = parseDockerImageReference(`${'a-'.repeat(200_000)}!`);
    expect(parsed.ok).toBe(false);
  });
});

describe('derived spellings', () => {
  test('clients default registry, namespace and tag', () => {
    expect(exactReference(withClientDefaults(derive('python')))).toBe(
      'docker.io/library/python:latest',
    );
    expect(exactReference(withClientDefaults(derive('quay.io/python')))).toBe(
      'quay.io/python:latest',
    );
    expect(withClientDefaults(derive(`python@${id}`)).tag).toBe('latest');
  });

  test('a digest hides the tag; an id that is no digest is written as a tag', () => {
    expect(exactReference(derive(`a/b:c@${id}`))).toBe(`a/b@${id}`);
    expect(exactReference({ ...derive('a/b'), id: 'abc' })).toBe('a/b:abc');
    expect(mostSpecific(derive(`a/b:c@${id}`)).tag).toBe('');
  });

  test('the text form adds library for the hub only', () => {
    expect(referenceString(derive('docker.io/python'))).toBe('docker.io/library/python');
    expect(referenceString(derive('python'))).toBe('python');
  });

  test('the shortest form leaves out what the hub implies', () => {
    expect(exactReference(daemonMinimal(derive('index.docker.io/library/python:latest')))).toBe(
      'docker.io/python',
    );
  });

  test('a registry without an image has no exact form', () => {
    expect(exactReference(derive('quay.io'))).toBe('');
  });

  test('the hub is asked under one name, and its repositories have one key', () => {
    expect(registryHost(derive('python'))).toBe('registry-1.docker.io');
    expect(repositoryKey(derive('python'))).toBe(
      repositoryKey(derive('index.docker.io/library/python:3.9')),
    );
    expect(repositoryKey(derive('Docker.IO/python'))).toBe(repositoryKey(derive('python')));
    expect(repositoryKey(derive('quay.io/a/b/c:d'))).toBe('quay.io/a/b/c');
    expect(repositoryKey(derive('QUAY.io/a/b/c:d'))).toBe('quay.io/a/b/c');
  });
});
