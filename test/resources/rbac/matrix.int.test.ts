import { readFile } from 'node:fs/promises';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { startTestApi, type TestApi } from '../support/api.ts';

interface MatrixResource {
  readonly group: string;
  readonly cluster?: boolean;
  readonly isNamespace?: boolean;
}

interface Matrix {
  readonly resources: Readonly<Record<string, MatrixResource>>;
  readonly everybody: Readonly<Record<string, string>>;
  readonly roles: Readonly<
    Record<
      string,
      {
        readonly bound: 'nowhere' | 'own' | 'cluster';
        readonly allows: Readonly<Record<string, string>>;
      }
    >
  >;
}

const file = new URL('../../golden/authz/roles.json', import.meta.url);
const matrix = JSON.parse(await readFile(file, 'utf8')) as Matrix;

const verbs = [
  'get',
  'list',
  'watch',
  'create',
  'update',
  'patch',
  'delete',
  'deletecollection',
] as const;
type Verb = (typeof verbs)[number];
const shorthand: Readonly<Record<string, readonly string[]>> = {
  R: ['get', 'list', 'watch'],
  RW: verbs,
};

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi({ rbac: true, namespaces: ['own', 'other'] });
  for (const [role, { bound }] of Object.entries(matrix.roles)) {
    if (bound === 'nowhere') continue;
    const place = bound === 'own' ? 'namespaces/own/rolebindings' : 'clusterrolebindings';
    const { status } = await api.post(`/apis/rbac.authorization.k8s.io/v1/${place}`, {
      metadata: { name: `matrix-${role}` },
      roleRef: { kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'User', name: userOf(role) }],
    });
    if (status !== 201) throw new Error(`${role} cannot be bound: ${status}`);
  }
});

afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

function userOf(role: string): string {
  return `holder-of-${role}`;
}

interface Question {
  readonly name: string;
  readonly resource: MatrixResource;
  readonly verb: Verb;
  readonly namespace: 'own' | 'other';
}

const questions: readonly Question[] = Object.entries(matrix.resources).flatMap(
  ([name, resource]) =>
    verbs.flatMap((verb) =>
      (['own', 'other'] as const).map((namespace) => ({ name, resource, verb, namespace })),
    ),
);

/** What the file says: a question that is about no namespace is about both alike. */
function isAllowed(role: string, { name, resource, verb, namespace }: Question): boolean {
  const { bound, allows } = matrix.roles[role]!;
  if (verbsOf(matrix.everybody[name]).has(verb)) return true;
  if (!verbsOf(allows[name]).has(verb)) return false;
  if (bound === 'cluster') return true;
  return namespace === 'own' && (resource.cluster !== true || resource.isNamespace === true);
}

function verbsOf(text = ''): ReadonlySet<string> {
  return new Set(text.split(' ').flatMap((word) => shorthand[word] ?? [word]));
}

const methods: Readonly<Record<Verb, string>> = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETE',
};
const ofCollections: ReadonlySet<Verb> = new Set(['list', 'watch', 'create', 'deletecollection']);

/** A request that changes nothing when it is allowed: its object does not exist, or its body cannot be read. */
function pathOf({ name, resource, verb, namespace }: Question): string {
  const [plural = '', subresource] = name.split('/');
  const root = resource.group === '' ? '/api/v1' : `/apis/${resource.group}/v1`;
  const place = resource.cluster === true ? '' : `/namespaces/${namespace}`;
  const object = resource.isNamespace === true ? namespace : 'no-such';
  const named = subresource !== undefined || !ofCollections.has(verb) ? `/${object}` : '';
  const rest = subresource === undefined ? '' : `/${subresource}`;
  const query = {
    watch: '?watch=true&resourceVersion=999999999',
    deletecollection: '?labelSelector=no%3Dsuch',
  } as Partial<Record<Verb, string>>;
  return `${root}${place}/${plural}${named}${rest}${query[verb] ?? ''}`;
}

/** On a subresource a method has one meaning only. */
function canBeAsked({ name, verb }: Question): boolean {
  return !name.includes('/') || ['get', 'create', 'update', 'patch', 'delete'].includes(verb);
}

/** What differs from the file; what is allowed may fail for its own reasons, but none of them is the server's. */
async function differences(role: string, question: Question): Promise<string[]> {
  const { verb, name, namespace } = question;
  const writes = verb === 'create' || verb === 'update' || verb === 'patch';
  const { status, text } = await api.send({
    method: methods[verb],
    path: pathOf(question),
    headers: {
      authorization: `Bearer ${userOf(role)}`,
      ...(verb === 'patch' ? { 'content-type': 'application/merge-patch+json' } : {}),
    },
    ...(writes ? { body: 'nothing that can be read' } : {}),
    ...(verb === 'delete' || verb === 'deletecollection' ? { body: { dryRun: ['All'] } } : {}),
  });
  const isRight = (status === 403) !== isAllowed(role, question);
  if (isRight && status !== 401 && status !== 500) return [];
  return [`${verb} ${name} in ${namespace}: ${status} ${text}`];
}

const inFlight = 8;

describe('every verb on every resource, in the own namespace and in another', () => {
  test.for(Object.keys(matrix.roles))('%s', async (role) => {
    const asked = questions.filter(canBeAsked);
    const found: string[] = [];
    for (let start = 0; start < asked.length; start += inFlight) {
      const some = asked.slice(start, start + inFlight);
      const each = await Promise.all(some.map((question) => differences(role, question)));
      found.push(...each.flat());
    }
    expect(found).toEqual([]);
    expect(asked).toHaveLength(446);
  });
});
