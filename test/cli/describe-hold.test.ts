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

test('what upstream has is told where it is known, and ends a hold that waits for it', () => {
  const tag = { ...imported('v1'), annotations: { 'sluice.dev/hold-until': 'released' } };
  const withUpstream = (digest: string, annotations = tag.annotations): string =>
    describeImageStream(
      stream('app', [{ ...tag, annotations }]),
      now,
      new Map([['v1', { digest, nextCheck: '2026-01-10T09:10:00Z', failures: 0 }]]),
    );
  expect(withUpstream('sha256:b')).toContain(
    '! on hold until it is released (upstream has sha256:b)',
  );
  const untilNewer = { ...tag.annotations, 'sluice.dev/hold-digest': 'sha256:b' };
  expect(withUpstream('sha256:b', untilNewer)).toContain('! on hold');
  expect(withUpstream('sha256:c', untilNewer)).not.toContain('on hold');
});

test('a description tells when upstream was last asked, where that is known', () => {
  const check = {
    digest: 'sha256:b',
    lastCheck: '2026-01-10T08:55:00Z',
    nextCheck: '2026-01-10T09:10:00Z',
    failures: 0,
  };
  const text = (more: object): string =>
    describeImageStream(
      stream('app', [imported('v1')]),
      now,
      new Map([['v1', { ...check, ...more }]]),
    );
  expect(text({})).toContain('  last checked 5 minutes ago\n');
  expect(text({ failure: 'NotFound: no' })).toContain(
    '  last checked 5 minutes ago, which failed\n',
  );
});
