import { foreignAddress, serveTokens, tokenAnswer } from './auth.ts';
import type { Misdeed } from './misdeed.ts';
import { misdeed } from './serve.ts';
import { startHostile } from './server.ts';

/** Ways to write addresses that no registry may lead to; most are link-local or unspecified in disguise. */
const hosts: readonly string[] = [
  '169.254.169.254',
  '[::ffff:169.254.169.254]',
  '[::ffff:a9fe:a9fe]',
  '[64:ff9b::a9fe:a9fe]',
  '2852039166',
  '0xa9.0xfe.0xa9.0xfe',
  '0251.0376.0251.0376',
  '0.0.0.0',
  '0',
  '[::]',
  '[fe80::1]',
  '[fd00:ec2::254]',
  '100.100.100.200',
  '224.0.0.1',
  '255.255.255.255',
];

export const forbiddenRealmAddresses: readonly Misdeed[] = hosts.map((host) =>
  misdeed(44, `a realm at ${host}`, async () =>
    serveTokens(
      (_request, reply) => {
        reply.send(tokenAnswer());
      },
      { realm: () => `http://${host}/latest/meta-data` },
    ),
  ),
);

/** The name looks harmless; the registry itself has an address that is not forbidden. */
export const nameOfThisMachine = misdeed(
  44,
  'a realm whose name leads to a forbidden address',
  async () => {
    const attacker = await startHostile((_request, reply) => {
      reply.send(tokenAnswer());
    });
    const port = new URL(attacker.url).port;
    return serveTokens(
      () => undefined,
      { realm: () => `http://localhost:${port}/token` },
      { accomplice: attacker, address: foreignAddress },
    );
  },
);
