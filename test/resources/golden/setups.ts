/** How the recorded servers were set up: what cannot be seen in the requests. */
import type { Attributes } from '#src/apiserver/authorize/authorizer.ts';

import type { TestApi, TestApiOptions } from '../support/api.ts';
import type { Translation } from './replay.ts';
import { scenarioNames } from './steps.ts';

const recordedAuth = '127.0.0.1:15001';

/** Scenarios that one server answered, in order. */
export interface Setup {
  readonly scenarios: readonly string[];
  readonly options: TestApiOptions;
  /**
   * The controllers were running: what a write asks for was imported after it, and before each read the scheduled tags were
   * checked.
   */
  readonly hasController: boolean;
}

const withController = '20-import-controller';
const internal = 'image-registry.openshift-image-registry.svc:5000';

const ownServers: Readonly<Record<string, TestApiOptions>> = {
  '14-allowed-registries': {
    hosts: { internal },
    allowedRegistries: [
      { domainName: '127.0.0.1:15000', insecure: true },
      { domainName: '*.example.com' },
    ],
  },
  '15-registry-hostname-ext': { hosts: { internal, external: 'registry.apps.example.com' } },
  '15-registry-hostname-noreg': { hosts: {} },
  '16-dryrun-order-concurrency': { hosts: { internal } },
  '17-local-reference-views': { hosts: { internal } },
  [withController]: { hosts: { internal } },
};

/** The servers of all scenarios. */
export function setups(): Setup[] {
  const shared = scenarioNames().filter((name) => !Object.hasOwn(ownServers, name));
  const own = Object.entries(ownServers).map(([name, options]) => ({
    scenarios: [name],
    options: { ...options, namespaces: [name] },
    hasController: name === withController,
  }));
  return [
    {
      scenarios: shared,
      hasController: false,
      options: {
        hosts: { internal },
        namespaces: [
          ...shared,
          'tag-other',
          'private',
          'proj2',
          'forbidden',
          'quota2',
          'openshift',
        ],
        authorize: recordedPolicy,
      },
    },
    ...own,
  ];
}

/** Pull secrets, limits and quotas that were there before the first request. */
export async function furnish(api: TestApi, translation: Translation): Promise<void> {
  const host = translation.here(recordedAuth);
  await api.post('/api/v1/namespaces/private/secrets', pullSecret('pull-right', 'secret', host));
  await api.post('/api/v1/namespaces/proj2/secrets', pullSecret('pull-wrong', 'nope', host));
  await api.post('/api/v1/namespaces/13-limits-quota/limitranges', {
    metadata: { name: 'limits' },
    spec: {
      limits: [
        {
          type: 'openshift.io/ImageStream',
          max: { 'openshift.io/images': '2', 'openshift.io/image-tags': '2' },
        },
        { type: 'openshift.io/Image', max: { storage: '2Ki' } },
      ],
    },
  });
  await api.post('/api/v1/namespaces/quota2/resourcequotas', {
    metadata: { name: 'q' },
    spec: { hard: { 'openshift.io/imagestreams': '1' } },
  });
}

function pullSecret(name: string, password: string, host: string): unknown {
  const auth = Buffer.from(`alice:${password}`).toString('base64');
  const auths = { [host]: { username: 'alice', password, auth } };
  return {
    metadata: { name },
    type: 'kubernetes.io/dockerconfigjson',
    stringData: { '.dockerconfigjson': JSON.stringify({ auths }) },
  };
}

/** `nobody` may nothing; `dev` may everything but images in the cluster and anything in namespace `forbidden`. */
function recordedPolicy({ user, namespace, resource }: Attributes): {
  allow: boolean;
  reason: string;
} {
  const refused =
    user.username !== 'dev' || namespace === 'forbidden' || isClusterScoped(namespace, resource);
  return refused ? { allow: false, reason: 'oracle stub policy' } : { allow: true, reason: '' };
}

function isClusterScoped(namespace: string, resource: string): boolean {
  return namespace === '' && ['images', 'imagestreammapping'].includes(resource);
}
