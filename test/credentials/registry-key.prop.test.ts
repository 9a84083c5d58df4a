import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyMatches, parseRegistryKey } from '#src/credentials/registry-key.ts';

const label = fc.stringMatching(/^[a-z0-9]{1,4}$/);
const globLabel = fc.stringMatching(/^[ab*?]{1,5}$/);
const host = fc.array(label, { minLength: 2, maxLength: 4 }).map((labels) => labels.join('.'));
const path = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('/'));

test('a key without a path covers every repository of its host, and of no other', () => {
  fc.assert(
    fc.property(host, host, path, (own, other, repository) => {
      const key = parseRegistryKey(own)!;
      expect(keyMatches(key, own, repository)).toBe(true);
      expect(keyMatches(key, other, repository)).toBe(own === other);
    }),
  );
});

test('a path covers itself and what is below it, and nothing else', () => {
  fc.assert(
    fc.property(host, path, path, (registry, covered, repository) => {
      const expected = `${repository}/`.startsWith(`${covered}/`);
      const isApiVersion = /^v[12](\/|$)/.test(covered);
      fc.pre(!isApiVersion);
      expect(keyMatches(parseRegistryKey(`${registry}/${covered}`)!, registry, repository)).toBe(
        expected,
      );
    }),
  );
});

test('a glob matches as the regular expression does that it stands for, label by label', () => {
  fc.assert(
    fc.property(
      fc.array(globLabel, { minLength: 2, maxLength: 3 }),
      fc.array(fc.stringMatching(/^[ab]{1,6}$/), { minLength: 2, maxLength: 3 }),
      (globs, labels) => {
        const pattern = globs
          .map((glob) => glob.replaceAll('*', '[^.]*').replaceAll('?', '[^.]'))
          .join('\\.');
        expect(keyMatches(parseRegistryKey(globs.join('.'))!, labels.join('.'), 'x')).toBe(
          new RegExp(`^${pattern}$`).test(labels.join('.')),
        );
      },
    ),
  );
});

test('any text is a key or none, and the normal form of a key names the same host', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const key = parseRegistryKey(text);
      const again = key === undefined ? undefined : parseRegistryKey(key.text);
      expect([again?.host, again?.port]).toEqual([key?.host, key?.port]);
    }),
  );
});
