import type {
  AccessTokenSource,
  StoredAccessToken,
} from '#src/apiserver/authenticate/access-tokens.ts';
import { fullScope } from '#src/apiserver/oauth/authorize.ts';
import type { Account, Grant, GrantStore, StoredCode } from '#src/apiserver/oauth/grants.ts';
import type { UserInfo } from '#src/apiserver/resource.ts';
import { rfc3339, type Clock } from '#src/lib/clock.ts';
import type { KubeObject } from '#src/meta/object.ts';
import type { Objects } from '#src/store/objects.ts';
import type { Key } from '#src/store/store.ts';
import { StoreError } from '#src/store/store.ts';

import { userInfoOf } from '../groups/group.ts';
import { userKey, type User } from '../users/user.ts';
import { accountOf, expiryOf, oauthGroup, tokenKey, type OAuthAccessToken } from './token.ts';

/** Where codes are kept; no API answers from there. */
export const codesResource = `oauthauthorizetokens.${oauthGroup}`;

/** A code, under a hash of it. */
export interface CodeRecord extends KubeObject {
  code: StoredCode;
}

/** Codes and tokens in the record. */
export class RecordedGrants implements GrantStore, AccessTokenSource {
  readonly #objects: Objects;
  readonly #clock: Clock;

  constructor(objects: Objects, clock: Clock) {
    this.#objects = objects;
    this.#clock = clock;
  }

  async createCode(name: string, code: StoredCode): Promise<void> {
    const record: CodeRecord = { metadata: { name }, code };
    await this.#objects.create(codeKey(name), record);
  }

  async findCode(name: string): Promise<StoredCode | undefined> {
    return (await this.#objects.get<CodeRecord>(codeKey(name)))?.code;
  }

  async redeemCode(name: string, redeemedAs: string): Promise<boolean> {
    const record = await this.#objects.get<CodeRecord>(codeKey(name));
    if (record === undefined || record.code.redeemedAs !== undefined) return false;
    try {
      await this.#objects.update(codeKey(name), {
        ...record,
        code: { ...record.code, redeemedAs },
      });
      return true;
    } catch (error) {
      if (error instanceof StoreError && ['Conflict', 'KeyNotFound'].includes(error.code))
        return false;
      throw error;
    }
  }

  async createToken(name: string, grant: Grant, expiresInSeconds: number): Promise<void> {
    const { account, clientName, redirectUri } = grant;
    const token: OAuthAccessToken = {
      kind: 'OAuthAccessToken',
      apiVersion: `${oauthGroup}/v1`,
      metadata: {
        name,
        uid: crypto.randomUUID(),
        creationTimestamp: rfc3339(this.#clock.now()),
      },
      clientName,
      expiresIn: expiresInSeconds,
      scopes: [fullScope],
      redirectURI: redirectUri,
      userName: account.username,
      userUID: account.uid,
    };
    await this.#objects.create(tokenKey(name), token);
  }

  async deleteToken(name: string): Promise<void> {
    await this.#objects.delete(tokenKey(name)).catch((error: unknown) => {
      if (!(error instanceof StoreError && error.code === 'KeyNotFound')) throw error;
    });
  }

  async isCurrent({ username, uid }: Account): Promise<boolean> {
    return (await this.#objects.get<User>(userKey(username)))?.metadata.uid === uid;
  }

  async find(name: string): Promise<StoredAccessToken | undefined> {
    const token = await this.#objects.get<OAuthAccessToken>(tokenKey(name));
    if (token === undefined) return undefined;
    return { account: accountOf(token), expiresAtMs: expiryOf(token), scopes: token.scopes };
  }

  async userOf(account: Account): Promise<UserInfo | undefined> {
    return userInfoOf(this.#objects, account);
  }
}

function codeKey(name: string): Key {
  return { resource: codesResource, namespace: '', name };
}
