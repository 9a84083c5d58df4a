// @ts-expect-error -- it comes without types
import { OpenshiftClient } from 'openshift-rest-client';

import type { HttpTarget } from '../../support/http.ts';

/** openshift-rest-client as a user of it starts it: it reads OpenAPI 2 from the server and makes its methods of that. */
export async function openshiftClient({ url, token }: HttpTarget): Promise<OpenshiftRestClient> {
  const start = OpenshiftClient as (settings: object) => Promise<OpenshiftRestClient>;
  return start({ config: { url, auth: { token }, insecureSkipTlsVerify: true } });
}

// oxlint-disable-next-line typescript/no-explicit-any -- its methods are made of what the server serves
type OpenshiftRestClient = any;
