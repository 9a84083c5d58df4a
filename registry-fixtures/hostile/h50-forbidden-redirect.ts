import { foreignAddress } from './auth.ts';
import { answerFrom, answerOf, goodShelf, image } from './content.ts';
import { issueCertificate } from './certificates.ts';
import type { HostileServer, Misdeed } from './misdeed.ts';
import { misbehaveOnManifests, misdeed } from './serve.ts';
import { startHostile } from './server.ts';

/** Where no redirect may lead. */
export const forbiddenRedirects: readonly Misdeed[] = [
  'file:///etc/passwd',
  'data:application/json,{}',
  'javascript:alert(1)',
  'gopher://127.0.0.1/',
  'http://169.254.169.254/latest/meta-data',
  'http://[::ffff:169.254.169.254]/latest/meta-data',
  'http://2852039166/latest/meta-data',
  'http://0.0.0.0/',
  'http://[fe80::1]/',
  'http://user:password@127.0.0.1/',
].map((location) =>
  misdeed(50, `a redirect to ${location}`, async () =>
    misbehaveOnManifests((_request, reply) => {
      reply.send({ status: 307, headers: { Location: location } });
    }),
  ),
);

/** The same name, and yet another server (GHSA-vh4v-2xq2-g5cg). */
export const redirectToOtherPort = misdeed(
  50,
  'a redirect to another port of the same host',
  async () => redirectTo('127.0.0.1'),
);

export const redirectToOtherHost = misdeed(50, 'a redirect to another host', async () =>
  redirectTo(foreignAddress),
);

/** A registry over TLS whose content is elsewhere in the clear. */
export const redirectToPlainHttp = misdeed(50, 'a redirect from https to http', async () => {
  const plain = await startHostile((_request, reply) => {
    reply.send(answerOf(image));
  });
  const tls = await issueCertificate();
  return misbehaveOnManifests(
    (request, reply) => {
      reply.send({ status: 307, headers: { Location: `${plain.url}${request.path}` } });
    },
    { tls, accomplice: plain },
  );
});

async function redirectTo(address: string): Promise<HostileServer> {
  const storage = await startHostile(
    (request, reply) => {
      reply.send(answerFrom(goodShelf, request));
    },
    { address },
  );
  return startHostile(
    (request, reply) => {
      if (request.headers['authorization'] === undefined) {
        reply.send({ status: 401, headers: { 'WWW-Authenticate': 'Basic realm="registry.test"' } });
        return;
      }
      reply.send({ status: 307, headers: { Location: `${storage.url}${request.path}` } });
    },
    { accomplice: storage },
  );
}
