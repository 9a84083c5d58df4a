import { createGenericRest, type GenericRest } from '#src/apiserver/generic/generic-rest.ts';
import type {
  Column,
  ListQuery,
  RequestContext,
  Resource,
  UserInfo,
  WatchEvents,
} from '#src/apiserver/resource.ts';
import type { KubeObject } from '#src/meta/object.ts';
import { int64, listOf, string } from '#src/meta/schema-builders.ts';
import { notFound, StatusError } from '#src/meta/status.ts';

import { ageOf, nameColumn, textColumn } from '../cells.ts';
import { serving, storedIn } from '../core.ts';
import type { ResourceDeps } from '../deps.ts';
import { kindSchema } from '../schema/meta.ts';
import { expiryOf, oauthGroup, tokenStrategy, type OAuthAccessToken } from './token.ts';

/** oauthaccesstokens of everybody, and useroauthaccesstokens: one's own. */
export function accessTokenResources(deps: ResourceDeps): Resource<OAuthAccessToken>[] {
  const rest = createGenericRest<OAuthAccessToken>(
    storedIn(deps, {
      group: oauthGroup,
      version: 'v1',
      resource: 'oauthaccesstokens',
      kind: 'OAuthAccessToken',
      strategy: tokenStrategy,
    }),
  );
  return [
    {
      ...named('oauthaccesstoken', 'OAuthAccessToken'),
      rest: serving(rest, 'get', 'list', 'watch', 'delete', 'deleteCollection'),
    },
    { ...named('useroauthaccesstoken', ownKind), rest: ownRest(rest) },
  ];
}

const ownKind = 'UserOAuthAccessToken';
const ownResource = { group: oauthGroup, resource: 'useroauthaccesstokens' };

function ownRest(rest: GenericRest<OAuthAccessToken>): Resource<OAuthAccessToken>['rest'] {
  async function own(context: RequestContext, name: string): Promise<OAuthAccessToken> {
    const token = await rest.get(context, name).catch((error: unknown) => {
      const isMissing = error instanceof StatusError && error.status.reason === 'NotFound';
      throw isMissing ? new StatusError(notFound(ownResource, name)) : error;
    });
    if (!isOf(context.user, token)) throw new StatusError(notFound(ownResource, name));
    return token;
  }
  return {
    get: async (context, name) => shown(await own(context, name)),
    async list(context, query) {
      const { items, metadata } = await rest.list(context, ofUser(context.user, query));
      return {
        kind: `${ownKind}List`,
        apiVersion: `${oauthGroup}/v1`,
        metadata,
        items: items.map(shown),
      };
    },
    async watch(context, query) {
      return shownEvents(await rest.watch(context, ofUser(context.user, query)));
    },
    async delete(context, name, options) {
      const { metadata } = await own(context, name);
      const uid = metadata.uid ?? '';
      return rest.delete(context, name, {
        ...options,
        preconditions: { uid, ...options.preconditions },
      });
    },
  };
}

function isOf(user: UserInfo, { userName, userUID }: OAuthAccessToken): boolean {
  return userName === user.username && userUID === (user.uid ?? '');
}

/** The query, of the tokens of a user only. */
function ofUser<Q extends ListQuery>({ username, uid = '' }: UserInfo, query: Q): Q {
  const own = `userName=${escaped(username)},userUID=${escaped(uid)}`;
  const { fieldSelector } = query;
  return { ...query, fieldSelector: fieldSelector === '' ? own : `${fieldSelector},${own}` };
}

/** A value in a field selector (fields.EscapeValue of apimachinery). */
function escaped(value: string): string {
  return value.replaceAll(/[\\,=]/g, String.raw`\$&`);
}

function shown<T extends KubeObject>(token: T): T {
  return { ...token, kind: ownKind };
}

async function* shownEvents(watch: AsyncIterable<WatchEvents>): AsyncGenerator<WatchEvents> {
  for await (const events of watch)
    yield events.map((event) =>
      'object' in event ? { ...event, object: shown(event.object) } : event,
    );
}

const columns: readonly Column<OAuthAccessToken>[] = [
  nameColumn,
  textColumn('User Name', 'Whose it is.', (token: OAuthAccessToken) => token.userName),
  textColumn('Client Name', 'Who asked for it.', (token: OAuthAccessToken) => token.clientName),
  textColumn('Created', 'How long ago it was made.', (token: OAuthAccessToken, now) =>
    ageOf(token.metadata.creationTimestamp, now),
  ),
  textColumn('Expires', 'When it is of no use any more.', (token: OAuthAccessToken) =>
    new Date(expiryOf(token)).toISOString(),
  ),
  textColumn(
    'Redirect URI',
    'Where it was sent.',
    (token: OAuthAccessToken) => token.redirectURI,
    1,
  ),
  textColumn(
    'Scopes',
    'What it is good for.',
    (token: OAuthAccessToken) => token.scopes.join(','),
    1,
  ),
];

function named(singular: string, kind: string): Omit<Resource<OAuthAccessToken>, 'rest'> {
  return {
    group: oauthGroup,
    version: 'v1',
    name: `${singular}s`,
    singular,
    kind,
    namespaced: false,
    shortNames: [],
    categories: [],
    subresources: [],
    columns,
    schema: kindSchema(
      `com.github.openshift.api.oauth.v1.${kind}`,
      'A token of somebody who logged in.',
      {
        clientName: string('Who asked for the token.'),
        expiresIn: int64('Seconds from its creation for which it is good.'),
        scopes: listOf(string(), 'What it is good for.'),
        redirectURI: string('Where it was sent.'),
        userName: string('Whose it is.'),
        userUID: string('Unique id of the user.'),
      },
    ),
  };
}
