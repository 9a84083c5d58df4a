/** A program that asks for tokens on behalf of a user. All of them are public: they have no secret (RFC 6749 2.1). */
export interface OAuthClient {
  readonly name: string;
  /** Paths below the address of this server that answers go to; the first is meant when a request names none. */
  readonly redirectPaths: readonly string[];
}

/** Where the answers of the challenge flow go: a page that nobody needs to open. */
export const implicitPath = '/oauth/token/implicit';

/** What oc, `sluice login` and OpenShift's client libraries call themselves when they have a user's password. */
export const challengingClient: OAuthClient = {
  name: 'openshift-challenging-client',
  redirectPaths: [implicitPath],
};

const clients: readonly OAuthClient[] = [challengingClient];

export function findClient(name: string): OAuthClient | undefined {
  return clients.find((client) => client.name === name);
}

/**
 * Where the answer to a request goes: never to an address that the client is not known to have, however it is spelled.
 * @param asked `redirect_uri` of the request, empty when there is none
 * @returns `undefined` for one that is not the client's
 */
export function redirectOf(
  client: OAuthClient,
  baseUrl: string,
  asked: string,
): string | undefined {
  const known = client.redirectPaths.map((path) => `${baseUrl}${path}`);
  if (asked === '') return known[0];
  // Character by character (RFC 9700 2.1): two parsers of URLs rarely agree.
  return known.find((each) => each === asked);
}
