import type { KubeObject } from '#src/meta/object.ts';
import { usageError } from '../errors.ts';

/** Flags of `create secret docker-registry` as they were given. */
export interface RegistrySecretFlags {
  readonly dockerServer: string;
  readonly dockerUsername?: string;
  readonly dockerPassword?: string;
  readonly dockerEmail?: string;
}

/** Docker Hub's key in docker's own files. */
export const hubServer = 'https://index.docker.io/v1/';

/**
 * A pull secret for one registry.
 * @throws {CliError} without a user name or a password
 */
export function registrySecret(name: string, flags: RegistrySecretFlags): KubeObject {
  const { dockerUsername: username, dockerPassword: password, dockerEmail: email } = flags;
  if (username === undefined || password === undefined)
    throw usageError('both --docker-username and --docker-password are required');
  const entry = {
    username,
    password,
    ...(email === undefined ? {} : { email }),
    auth: base64(`${username}:${password}`),
  };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name },
    type: 'kubernetes.io/dockerconfigjson',
    data: {
      '.dockerconfigjson': base64(JSON.stringify({ auths: { [flags.dockerServer]: entry } })),
    },
  } as KubeObject;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
