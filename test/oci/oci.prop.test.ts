/** Whatever comes from outside: errors of ours or an answer. What it costs is measured by the bench `fuzz`. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { parseChallenges } from '#src/oci/auth/challenge.ts';
import { OciError } from '#src/oci/errors/base.ts';
import { parseManifest } from '#src/oci/manifest/parse.ts';
import { nextPage } from '#src/oci/net/link.ts';
import { ociIndex, ociManifest } from '#src/oci/ref/media-type.ts';
import { parseReference } from '#src/oci/ref/reference.ts';

const page = new URL('https://r.test/v2/a/tags/list');

const readers: Readonly<Record<string, (text: string) => unknown>> = {
  reference: (text) => parseReference(text),
  challenge: (text) => parseChallenges(text),
  Link: (text) => nextPage(text, page, {}),
  manifest: (text) => parseManifest(Buffer.from(text), ociManifest),
};

/** True when reading ends as it may: with a value, or with an error of this client. */
function endsWell(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    return error instanceof OciError;
  }
}

describe.for(Object.entries(readers))('%s', ([, read]) => {
  test('any text is read or refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(endsWell(() => read(text))).toBe(true);
      }),
    );
  });

  test('any text of the characters that mean something is read or refused', () => {
    const unit = fc.constantFrom(...Array.from(' ,;="\\<>:/@.-_{}[]01aZ\t'), 'Bearer', 'sha256:');
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 200 }), (parts) => {
        expect(endsWell(() => read(parts.join('')))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

test('any JSON is read as a manifest or refused', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(ociManifest, ociIndex, ''), (text, type) => {
      expect(endsWell(() => parseManifest(Buffer.from(text), type))).toBe(true);
    }),
  );
});

test('a reference survives being written and read', () => {
  const component = fc.stringMatching(/^[a-z0-9]{1,8}([._-][a-z0-9]{1,8}){0,2}$/u);
  const host = fc.stringMatching(/^[a-z]{1,8}\.[a-z]{2,4}(:[1-9][0-9]{1,3})?$/u);
  const tag = fc.stringMatching(/^\w[\w.-]{0,20}$/u);
  fc.assert(
    fc.property(host, fc.array(component, { minLength: 1, maxLength: 4 }), tag, (...parts) => {
      const [registry, path, name] = parts;
      const text = `${registry}/${path.join('/')}:${name}`;
      const once = parseReference(text).toString();
      expect(parseReference(once).toString()).toBe(once);
    }),
  );
});
