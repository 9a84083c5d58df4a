import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exactReference, parseDockerImageReference } from '#src/domain/reference.ts';

const component = fc.stringMatching(/^[a-z0-9]{1,6}((\.|_|__|-{1,3})[a-z0-9]{1,6}){0,3}$/);
const registry = fc.constantFrom('', 'quay.io/', 'localhost:5000/', '127.0.0.1:15000/', 'a-b.c:1/');
const tag = fc.option(fc.stringMatching(/^\w[\w.-]{0,20}$/), { nil: undefined });
const digest = fc.option(fc.stringMatching(/^[0-9a-f]{64}$/), { nil: undefined });

test('writing a parsed reference gives back the text, without the tag where there is a digest', () => {
  fc.assert(
    fc.property(
      registry,
      // With a dot, a lone name is taken for a registry; two components never are.
      fc.array(component, { minLength: 2, maxLength: 4 }),
      tag,
      digest,
      (host, path, label, hash) => {
        const first = host === '' ? `x${path.join('/').replace(/^[^/]*/, 'ns')}` : path.join('/');
        const name = `${host}${first}`;
        const suffix = `${label === undefined ? '' : `:${label}`}${hash === undefined ? '' : `@sha256:${hash}`}`;
        const parsed = parseDockerImageReference(`${name}${suffix}`);
        expect(parsed.ok).toBe(true);
        if (!parsed.ok) return;
        const shown = hash === undefined ? suffix : `@sha256:${hash}`;
        expect(exactReference(parsed.reference)).toBe(`${name}${shown}`);
      },
    ),
  );
});

test('no text makes the parser throw', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const parsed = parseDockerImageReference(text);
      expect(parsed.ok ? '' : parsed.error).toBeTypeOf('string');
    }),
  );
});
