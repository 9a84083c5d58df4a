import { describe, expect, test } from 'vitest';
import { whyText } from '#src/cli/describe/why.ts';
import type { TagAccess, TagHistory } from '#src/domain/views/history.ts';

const now = Date.parse('2026-01-03T00:10:00Z');
const image = `sha256:${'a'.repeat(64)}`;
const other = `sha256:${'b'.repeat(64)}`;

const scheduled: TagHistory = {
  tag: 'v1',
  from: { kind: 'DockerImage', name: 'quay.io/acme/app:v1' },
  scheduled: true,
  pending: false,
  secrets: ['robot', 'mine'],
  check: {
    lastCheck: '2026-01-03T00:05:00Z',
    nextCheck: '2026-01-03T00:20:00Z',
    digest: image,
    failures: 0,
  },
  entries: [
    {
      revision: 2,
      created: '2026-01-02T00:10:00Z',
      dockerImageReference: `quay.io/acme/app@${image}`,
      image,
      generation: 1,
      cause: 'schedule',
      by: 'controller',
    },
  ],
};

function lines(history: TagHistory): string[] {
  return whyText('app:v1', history, now).trimEnd().split('\n');
}

test('a scheduled tag tells its last check, its next one and the secrets that are tried', () => {
  expect(lines(scheduled)).toEqual([
    'Tag:          app:v1',
    `Image:        ${image}`,
    'Since:        24 hours ago, found by a scheduled check by controller (revision 2)',
    'Follows:      quay.io/acme/app:v1, checked on a schedule',
    'Last check:   5 minutes ago, the tag is up to date',
    `Upstream:     ${image}`,
    'Next check:   in 10 minutes',
    'Secrets:      robot, mine (tried in this order)',
    'Waits for:    the next check in 10 minutes',
  ]);
});

test('the secrets that opened the registry, or that it refused, are named', () => {
  const robot = { secret: 'robot', registry: 'quay.io/acme' };
  const mine = { secret: 'mine', registry: 'quay.io' };
  const [entry] = scheduled.entries;
  const textOf = (access: TagAccess, secret: string): string =>
    lines({
      ...scheduled,
      check: { ...scheduled.check!, access },
      entries: [{ ...entry!, secret }],
    }).join('\n');
  const used = textOf({ kind: 'secret', secrets: [robot] }, 'robot');
  expect(used).toContain('by controller with the pull secret robot (revision 2)');
  expect(used).toContain('Access:       with the pull secret robot (for quay.io/acme)');
  const open = textOf({ kind: 'anonymous', secrets: [] }, '');
  expect(open).toContain('by controller without credentials (revision 2)');
  expect(open).toContain('Access:       without credentials');
  const refused = textOf({ kind: 'refused', secrets: [robot, mine] }, '');
  expect(refused).toContain(
    'Access:       refused with robot (for quay.io/acme), mine (for quay.io)',
  );
  expect(textOf({ kind: 'refused', secrets: [] }, '')).toContain('refused without credentials');
});

describe('a registry that is not asked', () => {
  const registry = {
    name: 'quay.io',
    phase: 'Paused',
    until: '2026-01-03T00:15:00Z',
    reason: 'it asked for a pause',
  } as const;

  test('because it said so is what the tag waits for', () => {
    expect(lines({ ...scheduled, registry }).slice(-2)).toEqual([
      'Registry:     quay.io is asked by nobody until 2026-01-03T00:15:00Z (in 5 minutes): it asked for a pause',
      'Waits for:    its registry, which is asked again in 5 minutes',
    ]);
  });

  test('by the schedule is asked by people', () => {
    const reason = 'it does not answer: ECONNREFUSED';
    const text = lines({ ...scheduled, registry: { ...registry, phase: 'Held', reason } });
    expect(text.slice(-2)).toEqual([
      `Registry:     quay.io is left alone by the schedule until 2026-01-03T00:15:00Z (in 5 minutes): ${reason}`,
      'Waits for:    the next check in 10 minutes',
    ]);
  });

  test('changes nothing for a tag that waits for nothing, or for the end of its hold', () => {
    const { check: _check, ...unscheduled } = { ...scheduled, scheduled: false, registry };
    expect(lines(unscheduled).at(-1)).toMatch(/^Waits for: +nothing$/u);
    expect(lines({ ...scheduled, registry, hold: { active: true } }).at(-1)).toBe(
      'Waits for:    the end of its hold',
    );
  });
});

test('what is not used of pull secrets is named', () => {
  const problem = 'credential helpers are ignored in secrets';
  const unused = [{ secret: 'robot', key: 'credHelpers', problem }];
  expect(lines({ ...scheduled, unused })).toContain(
    `Not used:     credHelpers of robot: ${problem}`,
  );
});

test('a digest that is too young is told with the time of its first sight', () => {
  const candidates = [{ digest: 'sha256:young', firstSeen: '2026-01-10T08:00:00Z' }];
  const text = whyText('app:v1', { ...scheduled, check: { ...scheduled.check!, candidates } }, now);
  expect(text).toMatch(/Too young: +sha256:young, first seen .+ ago/u);
  expect(text).toContain('to reach the minimum age (sluice.dev/min-age)');
});

test('a check from before a rollback is said to be one', () => {
  const [entry] = scheduled.entries;
  const back = { ...entry!, cause: 'rollback' as const, created: '2026-01-03T00:06:00Z' };
  expect(lines({ ...scheduled, entries: [back] })).toContain(
    'Last check:   5 minutes ago, before the rollback',
  );
});

test('a tag on hold tells what upstream has, when the hold ends and how to lift it', () => {
  const text = lines({
    ...scheduled,
    hold: { active: true, until: '2026-01-03T02:10:00Z', untilNotDigest: other },
    check: { ...scheduled.check!, heldBack: other },
  }).join('\n');
  expect(text).toContain('5 minutes ago, the tag is held back');
  expect(text).toContain(`Upstream:     ${other}`);
  expect(text).toContain(
    `until 2026-01-03T02:10:00Z (in 2 hours), or until upstream is not ${other}; "sluice rollback --release app:v1" lifts it`,
  );
  expect(text).toContain('Waits for:    the end of its hold');
});

test.for([
  ['a pending import', { pending: true }, 'its import, which is queued'],
  [
    'a failed check',
    { check: { ...scheduled.check!, failures: 2, failure: 'Unauthorized: no' } },
    '"sluice import-image app:v1" tries at once',
  ],
  ['a pushed tag', { from: undefined, scheduled: false, check: undefined }, 'nothing'],
] as const)('%s says what is waited for', ([, more, expected]) => {
  const { from, check, ...rest } = { ...scheduled, ...more };
  const history = {
    ...rest,
    ...(from === undefined ? {} : { from }),
    ...(check === undefined ? {} : { check }),
  };
  expect(lines(history).at(-1)).toContain(expected);
});
