import type { HostileServer } from './misdeed.ts';
import { misdeed } from './serve.ts';
import { startHostile } from './server.ts';

/** A page with a link to one more, always. */
async function endless(tagsOf: (page: number) => readonly string[]): Promise<HostileServer> {
  return startHostile((request, reply) => {
    const { number } = request;
    reply.send({
      headers: {
        'Content-Type': 'application/json',
        Link: `</v2/acme/app/tags/list?last=${number}>; rel="next"`,
      },
      body: JSON.stringify({ name: 'acme/app', tags: tagsOf(number) }),
    });
  });
}

export const samePageForEver = misdeed(
  55,
  'the same page for ever, under fresh cursors',
  async () => endless(() => ['a', 'b']),
);

export const newPageForEver = misdeed(55, 'another page for ever', async () =>
  endless((page) => [`tag-${page}`]),
);
