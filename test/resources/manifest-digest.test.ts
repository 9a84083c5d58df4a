import { createHash } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import { manifestDigest } from '#src/resources/images/manifest-digest.ts';

function sha256(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** A document as Docker signed it: the signatures stand between its last field and its closing brace. */
function signed(
  document: string,
  { length = Buffer.byteLength(document) - 2 }: { length?: number } = {},
): string {
  const header = { formatLength: length, formatTail: Buffer.from('\n}').toString('base64url') };
  const signature = {
    header: { alg: 'ES256' },
    signature: 'c2ln',
    protected: Buffer.from(JSON.stringify(header)).toString('base64url'),
  };
  return `${document.slice(0, -2)},\n   "signatures": [${JSON.stringify(signature)}]\n}`;
}

const payload = '{\n   "schemaVersion": 1,\n   "name": "acmé/app",\n   "tag": "v1"\n}';

describe('the digest of a manifest', () => {
  test('is that of its text', () => {
    expect(manifestDigest('{"schemaVersion":2}')).toBe(sha256('{"schemaVersion":2}'));
    expect(manifestDigest(payload)).toBe(sha256(payload));
  });

  test('leaves out the signatures of schema 1', () => {
    expect(manifestDigest(signed(payload))).toBe(sha256(payload));
  });

  test.for([
    ['a length beyond the document', signed(payload, { length: 10_000 })],
    ['a negative length', signed(payload, { length: -1 })],
    ['a header that is no JSON', '{"schemaVersion":1,"signatures":[{"protected":"e30h"}]}'],
    ['a signature that is no object', '{"schemaVersion":1,"signatures":[null]}'],
    ['signatures of another schema', signed(payload.replace('1', '2'))],
    ['no JSON', '{"schemaVersion":1'],
  ])('with %s is that of the whole text', ([, text]) => {
    expect(manifestDigest(text!)).toBe(sha256(text!));
  });
});
