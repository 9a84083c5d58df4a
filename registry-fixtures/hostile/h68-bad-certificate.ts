import { answerFrom, goodShelf } from './content.ts';
import { issueCertificate, type CertificateDescription } from './certificates.ts';
import type { HostileServer, Misdeed } from './misdeed.ts';
import { misdeed } from './serve.ts';
import { startHostile } from './server.ts';

export const wrongName = tlsMisdeed('a certificate for another name', { names: ['registry.test'] });
export const expiredCertificate = tlsMisdeed('a certificate that has expired', { daysLeft: -2 });

/** Good, when its authority is trusted. */
export const unknownAuthority = tlsMisdeed('a certificate of an unknown authority', {});

function tlsMisdeed(what: string, description: CertificateDescription): Misdeed {
  return misdeed(68, what, async (): Promise<HostileServer> => {
    const tls = await issueCertificate(description);
    return startHostile(
      (request, reply) => {
        reply.send(answerFrom(goodShelf, request));
      },
      { tls },
    );
  });
}
