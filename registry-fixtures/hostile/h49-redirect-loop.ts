import type { HostileRequest, HostileServer, Misdeed } from './misdeed.ts';
import { misbehaveOnManifests, misdeed } from './serve.ts';
import { startHostile } from './server.ts';

/** Redirects that never arrive. */
export const endlessRedirects: readonly Misdeed[] = [
  redirecting('a redirect to itself', ({ path }) => path),
  redirecting('a redirect there and back', ({ path }) =>
    path.endsWith('?back') ? path.slice(0, -'?back'.length) : `${path}?back`,
  ),
  redirecting('a hundred redirects', ({ path, number }) => `${path.split('?')[0] ?? ''}?${number}`),
];

/** Redirects that say nothing about where. */
export const nowhereRedirects: readonly Misdeed[] = [
  ['no Location', undefined],
  ['an empty Location', ''],
  ['a Location that is no URL', 'http://[nowhere'],
].map(([what = '', location]) =>
  misdeed(49, `a redirect with ${what}`, async () =>
    misbehaveOnManifests((_request, reply) => {
      reply.send({
        status: 307,
        ...(location !== undefined && { headers: { Location: location } }),
      });
    }),
  ),
);

/** Between two hosts, so that the credentials have left once and might come back. */
export const redirectAbroadAndBack = misdeed(
  49,
  'a redirect to another host and back',
  async () => {
    let home = '';
    const abroad = await startHostile((request, reply) => {
      reply.send({ status: 307, headers: { Location: `${home}${request.path}` } });
    });
    const server = await misbehaveOnManifests(
      (request, reply) => {
        reply.send({ status: 307, headers: { Location: `${abroad.url}${request.path}` } });
      },
      { accomplice: abroad },
    );
    home = server.url;
    return server;
  },
);

function redirecting(what: string, location: (request: HostileRequest) => string): Misdeed {
  return misdeed(49, what, async (): Promise<HostileServer> =>
    misbehaveOnManifests((request, reply) => {
      reply.send({ status: 307, headers: { Location: location(request) } });
    }),
  );
}
