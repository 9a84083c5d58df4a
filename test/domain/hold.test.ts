import { describe, expect, test } from 'vitest';
import { heldUntilReleased, holdOf, isHeld } from '#src/domain/hold.ts';
import type { TagReference } from '#src/domain/types.ts';
import { digest, imported } from './builders.ts';

const bad = digest('bb');

function tag(annotations: Record<string, string> | null): TagReference {
  return { ...imported('v1'), annotations };
}

describe('a hold', () => {
  test.for([
    ['no annotation is no hold', null, false],
    ['a time to come holds', { 'sluice.dev/hold-until': '2026-01-10T09:00:01Z' }, true],
    ['a time that has come does not', { 'sluice.dev/hold-until': '2026-01-10T09:00:00Z' }, false],
    [
      'a time of another zone is that time',
      { 'sluice.dev/hold-until': '2026-01-10T09:30:00+01:00' },
      false,
    ],
    ['without end it holds', { 'sluice.dev/hold-until': heldUntilReleased }, true],
    ['a text that is no time holds without end', { 'sluice.dev/hold-until': 'tomorrow' }, true],
    ['an empty text is a release', { 'sluice.dev/hold-until': '' }, false],
    ['a digest alone holds nothing', { 'sluice.dev/hold-digest': bad }, false],
  ] as const)('%s', ([, annotations, held]) => {
    expect(isHeld(tag(annotations), '2026-01-10T09:00:00Z', undefined)).toBe(held);
  });

  test('until newer ends when upstream has another digest than the bad one', () => {
    const held = tag({ 'sluice.dev/hold-until': heldUntilReleased, 'sluice.dev/hold-digest': bad });
    const now = '2026-01-10T09:00:00Z';
    expect(isHeld(held, now, bad)).toBe(true);
    expect(isHeld(held, now, undefined)).toBe(true);
    expect(isHeld(held, now, digest('cc'))).toBe(false);
    expect(holdOf(held)).toEqual({ digest: bad });
  });
});
