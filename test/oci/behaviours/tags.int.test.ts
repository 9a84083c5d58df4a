import { describe, expect, test } from 'vitest';

import { everything, failureOf, testClient } from '../support/client.ts';
import { startFake, type Answer } from '../support/fake-registry.ts';

const all = ['v1', 'v2', 'v3', 'v4', 'v5'];

/** Pages of `n` tags behind `last`, with a Link as `link` writes it; `forgets` answers everything whatever was asked. */
function listing(options: {
  readonly link?: (query: string, host: string) => string;
  readonly forgets?: boolean;
  readonly tags?: readonly string[];
}): Answer {
  const { link, forgets = false, tags = all } = options;
  return ({ path }, response, { url, host }) => {
    const { pathname, searchParams } = new URL(path, url);
    if (!pathname.endsWith('/tags/list')) return false;
    const size = forgets ? tags.length : Number(searchParams.get('n') ?? tags.length);
    const last = searchParams.get('last');
    const start = forgets || last === null ? 0 : tags.indexOf(last) + 1;
    const page = tags.slice(start, start + size);
    if (link !== undefined && start + size < tags.length)
      response.setHeader('link', `<${link(`?last=${page.at(-1)}&n=${size}`, host)}>; rel="next"`);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ name: 'acme/app', tags: page }));
    return true;
  };
}

describe('B18: tags', () => {
  test.for<readonly [string, (query: string, host: string) => string]>([
    ['absolute path', (query) => `/v2/acme/app/tags/list${query}`],
    ['query', (query) => query],
    ['URL', (query, host) => `http://${host}/v2/acme/app/tags/list${query}`],
  ])('come in pages behind a Link that is a %s', async ([, link]) => {
    await using registry = await startFake({ answer: listing({ link }) });
    await using client = testClient();
    const repository = client.repository(`${registry.host}/acme/app`);

    const pages = await everything(repository.tags({ pageSize: 2 }));

    expect(pages.map(({ tags }) => tags)).toEqual([['v1', 'v2'], ['v3', 'v4'], ['v5']]);
    expect(registry.seen.map(({ path }) => new URL(path, registry.url).search)).toEqual([
      '?n=2',
      '?last=v2&n=2',
      '?last=v4&n=2',
    ]);
  });

  test('of a registry that ignores n and last, as registry:2 does, are asked for once', async () => {
    await using registry = await startFake({ answer: listing({ forgets: true }) });
    await using client = testClient();

    const pages = await everything(
      client.repository(`${registry.host}/acme/app`).tags({ pageSize: 2, last: 'v2' }),
    );

    expect(pages).toMatchObject([{ tags: all }]);
    expect(registry.seen).toHaveLength(1);
  });

  test('of a thousand pages are given up after twenty', async () => {
    const tags = Array.from({ length: 1000 }, (_, index) => `v${index}`);
    await using registry = await startFake({ answer: listing({ link: (query) => query, tags }) });
    await using client = testClient();
    const repository = client.repository(`${registry.host}/acme/app`);

    expect(await failureOf(everything(repository.tags({ pageSize: 1 })))).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      limit: 'pages',
      max: 20,
    });

    expect(registry.seen).toHaveLength(20);
  });

  test.for<readonly [string, (query: string, host: string) => string]>([
    ['host', (query) => `http://127.0.0.1:1/v2/acme/app/tags/list${query}`],
    ['repository', (query) => `/v2/other/app/tags/list${query}`],
    ['path', (query) => `/v2/_catalog${query}`],
  ])('are not followed to another %s', async ([, link]) => {
    await using registry = await startFake({ answer: listing({ link }) });
    await using client = testClient();
    const repository = client.repository(`${registry.host}/acme/app`);

    expect(await failureOf(everything(repository.tags({ pageSize: 2 })))).toMatchObject({
      code: 'NET_LINK_REJECTED',
    });

    expect(registry.seen).toHaveLength(1);
  });

  test('what is none is left out, and counted', async () => {
    const list = [null, '', 'v1', `sha256:${'a'.repeat(64)}`, 'a b', 'v1', 7, 'v2'];
    await using registry = await startFake({
      answer: listing({ tags: list as readonly string[] }),
    });
    await using client = testClient();

    expect(await everything(client.repository(`${registry.host}/acme/app`).tags())).toEqual([
      { tags: ['v1', 'v2'], ignored: 6 },
    ]);
  });
});
