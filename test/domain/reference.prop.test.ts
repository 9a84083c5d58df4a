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

/** The grammar as the distribution library writes it; it backtracks, so it is asked about short texts only. */
const grammar = (() => {
  const part = '[a-z0-9]+(?:(?:[._]|__|[-]*)[a-z0-9]+)*';
  const label = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
  const host = `${label}(?:\\.${label})*(?::[0-9]+)?`;
  const hashed = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';
  return new RegExp(`^(?:${host}/)?${part}(?:/${part})*(?::\\w[\\w.-]{0,127})?(?:@${hashed})?$`);
})();

test('exactly the texts of the grammar are read', () => {
  const piece = fc.constantFrom('a', 'B', '0', '.', '_', '-', ':', '/', '@', '!', 'é');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 9 }), (pieces) => {
      const text = pieces.join('');
      const parsed = parseDockerImageReference(text);
      expect(parsed.ok).toBe(grammar.test(text));
    }),
    { numRuns: 3000 },
  );
});
