import { createApiClient } from '../client.ts';
import { CliError, ConnectionError } from '../errors.ts';
import type { Connection } from '../kubeconfig.ts';
import type { Session } from '../session.ts';

/** Codes of OpenSSL for a certificate that nobody known has signed. */
const unknownAuthority: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/**
 * How to reach the server of the session, without credentials: one that is who it says, or that the user chooses to trust
 * unseen. Nothing secret is sent before.
 * @throws {CliError} when the user does not, or cannot be asked
 */
export async function trustedConnection(session: Session): Promise<Connection> {
  const { server, namespace, skipTlsVerify, ca, tlsServerName } = session.api().connection;
  const connection: Connection = {
    server,
    namespace,
    skipTlsVerify,
    ...(ca === undefined ? {} : { ca }),
    ...(tlsServerName === undefined ? {} : { tlsServerName }),
  };
  if (await isTrusted(connection)) return connection;
  session.err(
    'The server uses a certificate signed by an unknown authority.\nYou can bypass the certificate check, but any data you send to the server could be intercepted by others.\n',
  );
  const answer = await session.ask('Use insecure connections? (y/n): ');
  if (!['y', 'yes'].includes((answer ?? '').trim().toLowerCase()))
    throw new CliError(
      'The server uses a certificate signed by unknown authority. You may need to use the --certificate-authority flag to provide the path to a certificate file for the certificate authority, or --insecure-skip-tls-verify to bypass the certificate check and use insecure connections.',
    );
  session.out('\n');
  return { server, namespace, skipTlsVerify: true };
}

async function isTrusted(connection: Connection): Promise<boolean> {
  const api = createApiClient(connection, () => undefined);
  try {
    await api.answer({ method: 'GET', path: '/version' });
    return true;
  } catch (error) {
    if (isUnknown(error)) return false;
    throw error;
  } finally {
    api.close();
  }
}

function isUnknown(error: unknown): boolean {
  const cause = error instanceof ConnectionError ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && unknownAuthority.has(String(cause.code));
}
