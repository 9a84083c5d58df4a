import { expect, test } from 'vitest';

import { startLatencyRegistry } from '../../bench/support/latency-registry.ts';

test('the late registry wants a token for each repository and counts what reaches it', async () => {
  await using registry = await startLatencyRegistry({ repositories: 2, tagsEach: 3, latencyMs: 5 });
  expect(registry.tags).toHaveLength(6);
  const urls = registry.tags.map(({ pullSpec }) => {
    const [, host, repository, tag] = /^([^/]+)\/(.+):(\w+)$/u.exec(pullSpec)!;
    return `http://${host}/v2/${repository}/manifests/${tag}`;
  });

  const refused = await fetch(urls[0]!, { method: 'HEAD' });
  expect(refused.status).toBe(401);
  const challenge = refused.headers.get('www-authenticate')!;
  expect(challenge).toBe(
    `Bearer realm="http://${registry.host}/token",service="latency",scope="repository:many/r000:pull"`,
  );

  const answer = await fetch(`http://${registry.host}/token?scope=repository:many/r000:pull`);
  const { token } = (await answer.json()) as { token: string };
  const headers = { authorization: `Bearer ${token}` };
  const head = await fetch(urls[0]!, { method: 'HEAD', headers });
  expect(head.headers.get('docker-content-digest')).toBe(registry.tags[0]!.digest);
  expect((await fetch(urls[5]!, { method: 'HEAD', headers })).status).toBe(401);

  expect(await registry.takeCounts()).toMatchObject({
    requests: 4,
    tokens: 1,
    challenges: 2,
    heads: 1,
    gets: 0,
  });
  expect(await registry.takeCounts()).toMatchObject({ requests: 0 });
});
