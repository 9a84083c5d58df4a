import { expect, test } from 'vitest';
import { describeImageStream } from '#src/cli/describe/image-stream.ts';
import { imported, stream } from '#test/domain/builders.ts';

const now = Date.parse('2026-01-10T09:00:00Z');

function described(annotations: Record<string, string> | null): string {
  return describeImageStream(stream('app', [{ ...imported('v1'), annotations }]), now);
}

test('a description shows the hold of a tag while it lasts', () => {
  const text = described({ 'sluice.dev/hold-until': '2026-01-10T10:00:00Z' });
  expect(text).toContain('! on hold until 2026-01-10T10:00:00Z (sluice why app:v1 tells');
  expect(described({ 'sluice.dev/hold-until': '2026-01-10T08:00:00Z' })).toBe(described(null));
});
