import { expect, test } from 'vitest';

import { allMisdeeds } from '#fixtures/hostile/all.ts';
import { repository, tag } from '#fixtures/hostile/content.ts';
import { OciError } from '#src/oci/errors/base.ts';

import { meet } from './meet.ts';

/** H67 and H69 are decided by names: no server is asked. */
const withoutServer = [67, 69];

test('every case has a server but those that need none', () => {
  const numbers = new Set([...allMisdeeds.map(({ number }) => number), ...withoutServer]);

  expect([...numbers].toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 70 }, (_, index) => index + 1),
  );
});

test.for(allMisdeeds)(
  'H$number: $name: every call ends, with few requests, with a result or an error of the client',
  async (misdeed) => {
    const meeting = await meet(misdeed, {
      limits: {
        connectMs: 500,
        headersMs: 200,
        bodyIdleMs: 200,
        requestMs: 300,
        operationMs: 1000,
      },
      retry: { attempts: 2 },
    });
    const { client, server } = meeting;

    const outcomes = await Promise.allSettled([
      meeting.import('legacy'),
      meeting.import('preserve-original'),
      meeting.resolve(),
      meeting.tags(),
      client.ping(server.host),
      client.repository(`${server.host}/${repository}`).manifests.get(tag),
    ]);
    await client.close();

    const odd = outcomes.filter(
      (outcome) => outcome.status === 'rejected' && !(outcome.reason instanceof OciError),
    );
    expect(odd).toEqual([]);
    expect(server.requests.length).toBeLessThanOrEqual(60);
    await expect.poll(() => server.open, { interval: 5 }).toBe(0);
  },
);
