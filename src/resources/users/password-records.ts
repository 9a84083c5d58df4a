import type { PasswordHash, Passwords } from '#src/apiserver/authenticate/passwords.ts';
import type { Account } from '#src/apiserver/oauth/grants.ts';
import type { Accounts } from '#src/apiserver/oauth/login.ts';
import type { KubeObject } from '#src/meta/object.ts';
import type { Objects } from '#src/store/objects.ts';
import type { Key } from '#src/store/store.ts';
import { StoreError } from '#src/store/store.ts';
import { modified, StatusError } from '#src/meta/status.ts';

import { accountNameErrors, userKey, usersResource, type User } from './user.ts';

/** Where the hashes of passwords are kept, sealed; no API answers from there. */
export const passwordsResource = 'userpasswords.sluice.dev';

/** What is kept of a password, under the name of its user. */
export interface PasswordRecord extends KubeObject {
  /** The user's; somebody who is given the name later has no password. */
  userUID: string;
  password: PasswordHash;
}

/** Of a write that others are always faster with. */
const maxAttempts = 5;

/** The passwords of users. */
export class PasswordRecords implements Accounts {
  readonly #objects: Objects;
  readonly #passwords: Passwords;

  constructor(objects: Objects, passwords: Passwords) {
    this.#objects = objects;
    this.#passwords = passwords;
  }

  /** A hash that was made at another cost than passwords are hashed at today is renewed. */
  async login(username: string, password: string): Promise<Account | undefined> {
    const isName = username !== '' && accountNameErrors(username).length === 0;
    const [user, record] = isName
      ? await Promise.all([
          this.#objects.get<User>(userKey(username)),
          this.#objects.get<PasswordRecord>(passwordKey(username)),
        ])
      : [];
    const uid = user?.metadata.uid;
    const known = uid === undefined || record?.userUID !== uid ? undefined : record;
    const isRight = await this.#passwords.verify(password, known?.password);
    if (!isRight || uid === undefined || known === undefined) return undefined;
    if (this.#passwords.isOutdated(known.password)) await this.#rehash(known, password);
    return { username, uid };
  }

  /** Gives a user a password, or another one. */
  async set({ username, uid }: Account, password: string): Promise<void> {
    const hash = await this.#passwords.hash(password);
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const current = await this.#objects.get<PasswordRecord>(passwordKey(username));
      if (await this.#written(username, { current, userUID: uid, password: hash })) return;
    }
    throw new StatusError(modified(usersResource, username));
  }

  async has({ username, uid }: Account): Promise<boolean> {
    const record = await this.#objects.get<PasswordRecord>(passwordKey(username));
    return record?.userUID === uid;
  }

  /** Forgets the password of somebody who is no user any more. */
  async remove(username: string): Promise<void> {
    await this.#objects.delete(passwordKey(username)).catch((error: unknown) => {
      if (!(error instanceof StoreError && error.code === 'KeyNotFound')) throw error;
    });
  }

  async #rehash(known: PasswordRecord, password: string): Promise<void> {
    const { userUID } = known;
    const username = known.metadata.name ?? '';
    const hash = await this.#passwords.hash(password);
    let current: PasswordRecord | undefined = known;
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      // Whoever was faster may have set another password, which stays, or only have encrypted this one with a new key.
      if (current?.userUID !== userUID || current.password.hash !== known.password.hash) return;
      if (await this.#written(username, { current, userUID, password: hash })) return;
      current = await this.#objects.get<PasswordRecord>(passwordKey(username));
    }
  }

  async #written(
    username: string,
    {
      current,
      userUID,
      password,
    }: Pick<PasswordRecord, 'userUID' | 'password'> & { current: PasswordRecord | undefined },
  ): Promise<boolean> {
    const record: PasswordRecord = {
      metadata: { ...current?.metadata, name: username },
      userUID,
      password,
    };
    try {
      if (current === undefined) await this.#objects.create(passwordKey(username), record);
      else await this.#objects.update(passwordKey(username), record);
      return true;
    } catch (error) {
      const isOvertaken =
        error instanceof StoreError &&
        ['KeyExists', 'KeyNotFound', 'Conflict'].includes(error.code);
      if (isOvertaken) return false;
      throw error;
    }
  }
}

function passwordKey(name: string): Key {
  return { resource: passwordsResource, namespace: '', name };
}
