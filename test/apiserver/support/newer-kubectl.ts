/** Commands that kubectl 1.20 lacks, and the requests that kubectl 1.32 was recorded to send for them. */
import { expect } from 'vitest';

import { kubectlHas } from '#test/support/services/kubectl.ts';
import type { Finished } from '#test/support/services/run.ts';

import type { Answer, HttpClient } from './http.ts';

/** kubectl and requests of the same user. */
export interface Client extends Pick<HttpClient, 'request'> {
  readonly kubectl: (args: readonly string[]) => Promise<Finished>;
}

interface Command {
  readonly feature: Parameters<typeof kubectlHas>[0];
  readonly args: readonly string[];
  readonly path: string;
  /** Protobuf in hexadecimal digits. */
  readonly body: string;
  /** Another bearer token than the client's. */
  readonly token?: string;
}

/** What `kubectl auth whoami` tells. */
export async function whoAmI(
  client: Client,
  token?: string,
): Promise<{ readonly username: string; readonly groups: readonly string[] }> {
  const { status } = await answerOf(client, {
    feature: 'auth whoami',
    args: ['auth', 'whoami'],
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    body: '6b3873000a2d0a1861757468656e7469636174696f6e2e6b38732e696f2f7631121153656c665375626a656374526576696577121a0a100a0012001a0022002a0032003800420012060a040a0012001a002200',
    ...(token === undefined ? {} : { token }),
  });
  return status.userInfo;
}

/** The token that `kubectl create token` makes for a service account. */
export async function createToken(
  client: Client,
  namespace: string,
  account: string,
): Promise<string> {
  return tokenOf(client, {
    args: ['create', 'token', account, '-n', namespace],
    path: tokens(namespace, account),
    body: '6b3873000a280a1861757468656e7469636174696f6e2e6b38732e696f2f7631120c546f6b656e52657175657374121a0a100a0012001a0022002a0032003800420012001a040a0012001a002200',
  });
}

/** As `createToken`, for 20 minutes and the audience `vault`, bound to the secret `binding`. */
export async function createBoundToken(
  client: Client,
  namespace: string,
  account: string,
): Promise<string> {
  return tokenOf(client, {
    args: [
      'create',
      'token',
      account,
      '-n',
      namespace,
      '--audience=vault',
      '--duration=20m',
      '--bound-object-kind=Secret',
      '--bound-object-name=binding',
    ],
    path: tokens(namespace, account),
    body: '6b3873000a280a1861757468656e7469636174696f6e2e6b38732e696f2f7631120c546f6b656e52657175657374123d0a100a0012001a0022002a0032003800420012230a057661756c741a170a06536563726574120276311a0762696e64696e67220020b0091a040a0012001a002200',
  });
}

function tokens(namespace: string, account: string): string {
  return `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
}

async function tokenOf(client: Client, command: Omit<Command, 'feature'>): Promise<string> {
  return (await answerOf(client, { ...command, feature: 'create token' })).status.token;
}

/** The object with which the server answers a command. */
async function answerOf(client: Client, command: Command): Promise<Answer['json']> {
  const { token } = command;
  if (await kubectlHas(command.feature)) {
    const shown = token === undefined ? [] : [`--token=${token}`];
    const ran = await client.kubectl([...shown, ...command.args, '--output=json']);
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    return JSON.parse(ran.stdout);
  }
  const { status, json } = await client.request('POST', command.path, {
    body: Buffer.from(command.body, 'hex'),
    headers: {
      'content-type': 'application/vnd.kubernetes.protobuf',
      accept: 'application/vnd.kubernetes.protobuf,application/json',
    },
    ...(token === undefined ? {} : { token }),
  });
  expect(status).toBe(201);
  return json;
}
