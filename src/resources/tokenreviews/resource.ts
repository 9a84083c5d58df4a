import type { TokenAuthenticator } from '#src/apiserver/authenticate/bearer-tokens.ts';
import { authenticatedGroup } from '#src/apiserver/authenticate/authenticator.ts';
import type { Resource, UserInfo } from '#src/apiserver/resource.ts';
import type { KubeObject } from '#src/meta/object.ts';
import { boolean, definition, listOf, string } from '#src/meta/schema-builders.ts';
import { badRequest, StatusError } from '#src/meta/status.ts';

import { answered } from '../answered.ts';
import { kindSchema } from '../schema/meta.ts';
import { userInfo } from '../schema/user-info.ts';

const group = 'authentication.k8s.io';
const prefix = 'io.k8s.api.authentication.v1';

/** authentication.k8s.io/v1 TokenReview. */
interface TokenReview extends KubeObject {
  spec?: { token?: string; audiences?: string[] | null };
  status?: {
    authenticated?: boolean;
    user?: UserInfo;
    audiences?: readonly string[];
    error?: string;
  };
}

/** Whoever can be told by a token. */
export interface TokenReviewDeps {
  readonly tokens: TokenAuthenticator;
  /** For whom a token must be when the review does not say. */
  readonly audience: string;
}

const schema = kindSchema(`${prefix}.TokenReview`, 'Asks whom a token stands for.', {
  spec: definition(`${prefix}.TokenReviewSpec`, 'The question.', {
    token: string('The token.'),
    audiences: listOf(string(), 'For whom it must be, one of them.'),
  }),
  status: definition(`${prefix}.TokenReviewStatus`, 'The answer.', {
    authenticated: boolean('It is good.'),
    user: userInfo,
    audiences: listOf(string(), 'For whom it is, out of those asked for.'),
    error: string('Why it is not good.'),
  }),
});

/** tokenreviews: whom a token stands for; for services that are shown tokens of this server. */
export function tokenReviews({ tokens, audience }: TokenReviewDeps): Resource<TokenReview> {
  return answered(
    { group, kind: 'TokenReview', namespaced: false, schema },
    async (_context, { metadata, spec }) => {
      const { token = '' } = spec ?? {};
      if (token === '')
        throw new StatusError(badRequest('token is required for TokenReview in authentication'));
      const given = spec?.audiences ?? [];
      const asked = given.length === 0 ? [audience] : given;
      const found = await tokens.authenticateToken(token, asked);
      const review: TokenReview = {
        kind: 'TokenReview',
        apiVersion: `${group}/v1`,
        metadata: { ...metadata, creationTimestamp: null },
        // The token goes no further than it came.
        spec: { token: '', ...(given.length === 0 ? {} : { audiences: given }) },
        status:
          found === undefined
            ? { authenticated: false, error: 'invalid bearer token' }
            : { authenticated: true, user: shown(found.user), audiences: found.audiences },
      };
      return review;
    },
  );
}

function shown(user: UserInfo): UserInfo {
  return { ...user, groups: [...user.groups, authenticatedGroup] };
}
