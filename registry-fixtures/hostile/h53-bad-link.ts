import type { HostileServer, Misdeed } from './misdeed.ts';
import { misdeed } from './serve.ts';
import { startHostile } from './server.ts';

const json = { 'Content-Type': 'application/json' };

/** Links that lead out of the list of tags; none may be followed. */
export const leavingLinks: readonly Misdeed[] = [
  linking('to another host', () => '<http://127.0.0.2:1/v2/acme/app/tags/list?n=1>; rel="next"'),
  linking('to another port', () => '<http://127.0.0.1:1/v2/acme/app/tags/list?n=1>; rel="next"'),
  linking(
    'to another host, without scheme',
    () => '<//evil.test/v2/acme/app/tags/list>; rel="next"',
  ),
  linking('to another scheme', ({ host }) => `<https://${host}/v2/acme/app/tags/list>; rel="next"`),
  linking('to another repository', () => '</v2/other/secret/tags/list?n=1>; rel="next"'),
  linking('up and elsewhere', () => '</v2/acme/app/tags/list/../../../../token>; rel="next"'),
  linking('javascript:', () => '<javascript:alert(1)>; rel="next"'),
  linking(
    'with user information',
    ({ host }) => `<http://a:b@${host}/v2/acme/app/tags/list>; rel="next"`,
  ),
  linking('that is no URL', () => '<http://[nowhere>; rel="next"'),
  linking('of 15 KiB that leads elsewhere', () => `</v2/${'x'.repeat(15_000)}>; rel="next"`),
];

/** Links that are none. */
export const noLinks: readonly Misdeed[] = [
  linking('without <', () => '/v2/acme/app/tags/list?n=1; rel="next"'),
  linking('without >', () => '</v2/acme/app/tags/list?n=1; rel="next"'),
  linking('with another rel', () => '</v2/acme/app/tags/list?n=1>; rel="prev"'),
  linking('that is empty', () => ''),
];

/** The first page again, or the one before. */
export const loopingLinks: readonly Misdeed[] = [
  linking('to itself', () => '</v2/acme/app/tags/list>; rel="next"'),
  linking(
    'in a loop of two',
    (_server, page) => `</v2/acme/app/tags/list?page=${page % 2}>; rel="next"`,
  ),
];

/** Two links, of which only one is the next page. */
export const twoLinks = misdeed(53, 'a Link with two targets', async () =>
  startHostile((request, reply) => {
    const isFirst = !request.path.includes('page=2');
    reply.send({
      headers: {
        ...json,
        ...(isFirst && {
          Link: '</v2/other/x>; rel="prev", </v2/acme/app/tags/list?page=2>; rel="next"',
        }),
      },
      body: JSON.stringify({ name: 'acme/app', tags: [isFirst ? 'one' : 'two'] }),
    });
  }),
);

function linking(what: string, link: (server: HostileServer, page: number) => string): Misdeed {
  return misdeed(53, `a Link ${what}`, async () =>
    startHostile((request, reply, server) => {
      reply.send({
        headers: { ...json, Link: link(server, request.number) },
        body: JSON.stringify({ name: 'acme/app', tags: [`tag-${request.number}`] }),
      });
    }),
  );
}
