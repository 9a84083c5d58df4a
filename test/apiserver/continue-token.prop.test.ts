import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { decodeContinueToken, encodeContinueToken } from '#src/apiserver/generic/continue-token.ts';
import { StatusError } from '#src/meta/status.ts';

describe('the token of the next page', () => {
  test('is read as it was written, whatever names hold', () => {
    const token = fc.record({
      revision: fc.integer({ min: -1 }),
      after: fc.record({
        namespace: fc.string().filter((namespace) => !namespace.includes('/')),
        name: fc.string(),
      }),
    });
    fc.assert(
      fc.property(token, (each) => {
        expect(decodeContinueToken(encodeContinueToken(each))).toEqual(each);
      }),
    );
  });

  test.for(['', 'garbage', 'bnVsbA', 'e30', 'eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MX0'])(
    'is refused when it is none of ours: %s',
    (token) => {
      expect(() => decodeContinueToken(token)).toThrow(StatusError);
    },
  );
});
