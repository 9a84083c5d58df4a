/** Bad requests: what a client, a broken client or an attacker may send. */
import { stringify } from 'yaml';

import type { Resource } from '#src/apiserver/resource.ts';

import { anything, damaged, documentOf, spoiled, texts } from './documents.ts';
import { envelope, message } from './protobuf.ts';
import type { Random } from './random.ts';

/** A request as it goes over the wire. */
export interface FuzzRequest {
  readonly bytes: Buffer;
  readonly method: string;
  /** Whether it is HTTP; what is not may keep the server waiting for more. */
  readonly isHttp: boolean;
  /** For reports. */
  readonly line: string;
}

const methods = [
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'M-SEARCH',
];
const parameters = [
  'watch',
  'limit',
  'continue',
  'labelSelector',
  'fieldSelector',
  'resourceVersion',
  'resourceVersionMatch',
  'sendInitialEvents',
  'allowWatchBookmarks',
  'timeoutSeconds',
  'timeout',
  'pretty',
  'dryRun',
  'fieldManager',
  'fieldValidation',
  'force',
  'gracePeriodSeconds',
  'propagationPolicy',
  'orphanDependents',
  'includeObject',
  'exclude',
  'verbose',
  'hash',
  'code',
  'client_id',
  'redirect_uri',
  'response_type',
  'host',
];
const parameterValues = [
  '',
  '1',
  '0',
  '-1',
  'true',
  'false',
  '1.5',
  '1e9',
  '99999999999999999999',
  'a=b',
  'a in (b,c)',
  'a notin (',
  '!a',
  'a!=b,c',
  '=',
  '==',
  ',',
  '(',
  'metadata.name=a',
  'metadata.name!=a,metadata.namespace=b',
  'x.y=z',
  'All',
  'Exact',
  'NotOlderThan',
  'Strict',
  'Warn',
  'Ignore',
  'None',
  'Object',
  'Foreground',
  'e30',
  'eyJ2IjoxfQ',
  Buffer.from('{"v":"meta.k8s.io/v1","rv":-1,"start":"../x"}').toString('base64url'),
];
const types = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
  'application/x-www-form-urlencoded',
  'text/plain',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-16',
  '',
  ';',
  'application/json;;=',
  'APPLICATION/JSON',
  '*/*',
];
const accepts = [
  'application/json',
  'application/yaml',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  'application/vnd.kubernetes.protobuf',
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  'text/html',
  '*/*;q=0',
  ',,,',
  ';q=x',
  'a/b/c',
  'application/json;as=Table;v=v1;g=meta.k8s.io;q=1e9',
  'application/com.github.proto-openapi.spec.v2@v1.0+protobuf',
];
const plainPaths = [
  '/',
  '/api',
  '/apis',
  '/api/v1',
  '/apis/image.openshift.io',
  '/apis/image.openshift.io/v1',
  '/openapi/v2',
  '/openapi/v3',
  '/openapi/v3/apis/image.openshift.io/v1',
  '/version',
  '/version/openshift',
  '/livez',
  '/readyz/database',
  '/healthz',
  '/metrics',
  '/oapi/v1',
  '/oauth/authorize',
  '/oauth/token',
  '/.well-known/oauth-authorization-server',
  '/registry/notifications',
  '/v2/',
  '/api/v2/namespaces',
  '/apis/x/y/z',
];

/** Makes requests about the resources of a server. */
export class Requests {
  readonly #resources: readonly Resource[];
  readonly #random: Random;
  readonly #tokens: readonly string[];

  constructor(resources: readonly Resource[], random: Random, token: string) {
    this.#resources = resources;
    this.#random = random;
    this.#tokens = [`Bearer ${token}`];
  }

  next(): FuzzRequest {
    const random = this.#random;
    const resource = random.pick(this.#resources);
    const method = random.once(12) ? random.pick(methods) : servedMethod(resource, random);
    const target = this.#target(resource, method);
    const hasBody = method === 'GET' || method === 'HEAD' ? random.once(20) : !random.once(10);
    const { type, body } = hasBody
      ? this.#body(resource, method)
      : { type: '', body: Buffer.alloc(0) };
    const head = [`${method} ${target} HTTP/1.1`, 'Host: sluice', ...this.#headers(type)];
    const length = hasBody || random.once(4) ? [`Content-Length: ${body.length}`] : [];
    const bytes = Buffer.concat([
      Buffer.from(`${[...head, ...length].join('\r\n')}\r\n\r\n`, 'latin1'),
      body,
    ]);
    const line = `${method} ${target} ${type} ${body.subarray(0, 2_000).toString('latin1')}`;
    const isHttp = !random.once(40);
    return { bytes: isHttp ? bytes : this.#malformed(bytes), method, isHttp, line };
  }

  #target(resource: Resource, method: string): string {
    const random = this.#random;
    const path = random.once(12) ? random.pick(plainPaths) : this.#path(resource, method);
    const spoiledPath = random.once(12) ? this.#spoilPath(path) : path;
    return `${spoiledPath}${this.#query()}`;
  }

  #path(resource: Resource, method: string): string {
    const random = this.#random;
    const { group, version, name, namespaced } = resource;
    const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    const place = random.once(25) ? this.#segment() : 'fuzz';
    const namespace = namespaced && !random.once(20) ? `/namespaces/${place}` : '';
    const watch = random.once(40) ? '/watch' : '';
    return `${root}${watch}${namespace}/${name}${this.#object(resource, method)}`;
  }

  #object({ name, subresources }: Resource, method: string): string {
    const random = this.#random;
    // What everything else lies in stays there.
    const isGround = method === 'DELETE' && /^(?:namespaces|projects)$/.test(name);
    if (isGround) return '/other';
    const isNamed = method === 'POST' ? random.once(6) : !random.once(3);
    if (!isNamed) return '';
    const names = [...subresources.map((each) => each.name), 'status', 'nothing'];
    return `/${this.#segment()}${random.once(5) ? `/${random.pick(names)}` : ''}`;
  }

  #segment(): string {
    const random = this.#random;
    return random.once(4)
      ? encodeURIComponent(safe(random.pick(texts)))
      : random.pick(['a', 'app', 'app:v1', 'b']);
  }

  #spoilPath(path: string): string {
    const random = this.#random;
    const at = random.below(path.length + 1);
    const piece = random.pick([
      '/',
      '//',
      '/..',
      '/.',
      '%2f',
      '%2e%2e/',
      '%00',
      '%zz',
      '%',
      '%c3%28',
      ';',
      '?',
      '#',
      '&',
      '\\',
      '"',
      '{',
      '%25',
      '*',
      'x'.repeat(9_000),
      '/a'.repeat(500),
      '\u{e4}',
      '%e2%80%ae',
    ]);
    return `${path.slice(0, at)}${piece}${path.slice(at)}`.replaceAll(' ', '');
  }

  #query(): string {
    const random = this.#random;
    if (!random.once(3)) return '';
    const pairs = Array.from({ length: 1 + random.below(4) }, () => {
      const value = random.once(3) ? safe(random.pick(texts)) : random.pick(parameterValues);
      return `${random.pick(parameters)}=${random.once(6) ? value.replaceAll(/[^!-~]/g, '') : encodeURIComponent(value)}`;
    });
    return `?${pairs.join('&')}${random.once(9) ? '&&=&%' : ''}`;
  }

  #headers(type: string): string[] {
    const random = this.#random;
    const found: string[] = random.once(20)
      ? []
      : [
          `Authorization: ${random.once(15) ? random.pick(['Bearer', 'Bearer x', 'Basic YTpi', 'Basic', 'Digest x', 'Bearer eyJhbGciOiJub25lIn0.e30.', 'Negotiate']) : random.pick(this.#tokens)}`,
        ];
    if (type !== '' || random.once(5))
      found.push(`Content-Type: ${random.once(8) ? random.pick(types) : type}`);
    if (random.once(3)) found.push(`Accept: ${random.pick(accepts)}`);
    if (random.once(10))
      found.push(
        random.pick([
          'Content-Encoding: gzip',
          'Expect: 100-continue',
          'Expect: x',
          'Range: bytes=0-1',
          'If-None-Match: *',
          'If-Match: "x"',
          'Impersonate-User: a',
          'Impersonate-Group: system:masters',
          'Impersonate-Extra-x: y',
          'X-Remote-User: admin',
          'X-Remote-Group: system:masters',
          'X-Forwarded-For: 1.1.1.1',
          'X-HTTP-Method-Override: DELETE',
          'Upgrade: websocket',
          'Connection: Upgrade',
          'Connection: close',
          'Accept-Encoding: gzip',
          'Accept-Version: 9',
          'Cookie: a=b',
          'Origin: null',
          `X-Long: ${'x'.repeat(10_000)}`,
          'Content-Length: 0',
          'Host: other',
          'Audit-Id: x',
          'User-Agent: \u{ff}\u{fe}',
          'TE: trailers',
          'Trailer: x',
          'Warning: 299 - "x"',
        ]),
      );
    return found;
  }

  #body(resource: Resource, method: string): { type: string; body: Buffer } {
    const random = this.#random;
    const good = {
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      ...(documentOf(resource.schema, random) as object),
      metadata: {
        name: random.pick(['a', 'app', 'app:v1', 'b']),
        ...(random.once(2)
          ? {}
          : { resourceVersion: String(random.below(50)), labels: { a: 'b' } }),
      },
    };
    const document = random.once(4) ? good : spoiled(good, random);
    if (method === 'PATCH') return this.#patch(document);
    switch (random.below(10)) {
      case 0:
        return { type: 'application/vnd.kubernetes.protobuf', body: this.#protobuf(resource) };
      case 1:
      case 2:
        return { type: 'application/yaml', body: this.#yaml(document) };
      case 3:
        return { type: 'application/json', body: this.#oddJson(document) };
      case 4:
        return {
          type: 'application/json',
          body: this.#damage(Buffer.from(JSON.stringify(document) ?? '')),
        };
      default:
        return { type: 'application/json', body: Buffer.from(JSON.stringify(document) ?? '') };
    }
  }

  #damage(bytes: Buffer): Buffer {
    return damaged(bytes, this.#random);
  }

  #protobuf(resource: Resource): Buffer {
    const random = this.#random;
    const kind = random.once(5) ? random.pick(this.#resources).kind : resource.kind;
    const bytes = envelope(apiVersionOf(resource), kind, message(random));
    return random.once(2) ? this.#damage(bytes) : bytes;
  }

  #yaml(document: unknown): Buffer {
    const random = this.#random;
    const pieces = [
      'a: &a [*a]\n',
      bomb(8),
      bomb(30),
      '<<: {a: b}\n',
      '!!js/function "x"',
      '!!binary "x"',
      '--- \n---\n',
      '\tx: y\n',
      '? [a]: b\n',
      '%YAML 9.9\n---\n',
      'a: 0o777\nb: 0x1f\nc: .inf\nd: 1_000\n',
      `${'- '.repeat(3_000)}x`,
      '{a: '.repeat(3_000),
      '&x',
      '*x',
      '"\\ud800"',
      '!<tag:x> y',
      '{',
      '[',
      '|',
      '>',
    ];
    if (random.once(3)) return Buffer.from(random.pick(pieces));
    const text = stringify(document, { aliasDuplicateObjects: true });
    return random.once(2)
      ? this.#damage(Buffer.from(text))
      : Buffer.from(`${text}\n${random.pick(pieces)}`);
  }

  #oddJson(document: unknown): Buffer {
    const random = this.#random;
    const text = JSON.stringify(document) ?? '';
    return random.pick([
      () =>
        Buffer.from(
          text.replace(
            '{',
            '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},',
          ),
        ),
      () => Buffer.from(text.replace('{', '{"kind":"x","kind":"y","metadata":{},')),
      () =>
        Buffer.from(
          text.replaceAll(/\d+/g, () =>
            random.pick(['1e999', '-0', '1E400', '123456789012345678901234567890', '0.1e-400']),
          ),
        ),
      () => Buffer.from(`${'['.repeat(1 + random.below(20_000))}${text}`),
      () => Buffer.from(`{"a":`.repeat(1 + random.below(20_000))),
      () => Buffer.from(text, 'utf16le'),
      () => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)]),
      () => Buffer.concat([Buffer.from('"'), random.bytes(50), Buffer.from('"')]),
      () => random.bytes(random.below(300)),
      () => Buffer.from(`${text}${text}`),
      () => Buffer.from(JSON.stringify(Array.from({ length: 500 }, () => document)) ?? ''),
      () => Buffer.from(`{"kind":"${'x'.repeat(50_000)}"}`),
    ])();
  }

  #patch(document: unknown): { type: string; body: Buffer } {
    const random = this.#random;
    const type = random.pick(types.slice(3, 7));
    if (type === 'application/apply-patch+yaml')
      return {
        type,
        body: random.once(2) ? this.#yaml(document) : Buffer.from(JSON.stringify(document) ?? ''),
      };
    const patch =
      type === 'application/json-patch+json' ? this.#operations() : this.#directives(document);
    const body = Buffer.from(JSON.stringify(patch) ?? '');
    return { type, body: random.once(6) ? this.#damage(body) : body };
  }

  #operations(): unknown {
    const random = this.#random;
    const pointers = [
      '',
      '/',
      '/metadata',
      '/metadata/name',
      '/metadata/labels/a',
      '/spec/tags/-',
      '/spec/tags/0',
      '/spec/tags/99999999999',
      '/spec/tags/-1',
      '/__proto__/x',
      '/constructor/prototype/x',
      '/a~1b',
      '/a~',
      '/metadata/annotations',
      'x',
      '/spec/tags/0/from/name',
      '/status',
    ];
    return Array.from({ length: random.below(5) }, () => ({
      op: random.pick(['add', 'remove', 'replace', 'move', 'copy', 'test', 'x', '__proto__']),
      path: random.once(9) ? anything(random) : random.pick(pointers),
      ...(random.once(2) ? { value: anything(random) } : {}),
      ...(random.once(3) ? { from: random.pick(pointers) } : {}),
    }));
  }

  #directives(document: unknown): unknown {
    const random = this.#random;
    if (random.once(2)) return document;
    return {
      metadata: {
        labels: anything(random),
        managedFields: anything(random),
        finalizers: random.once(2) ? ['a/b'] : anything(random),
        '$deleteFromPrimitiveList/finalizers': anything(random),
        ...(random.once(3) ? { $patch: random.pick(['replace', 'delete', 'merge', 'x']) } : {}),
      },
      spec: {
        tags: [{ name: 'a', $patch: random.pick(['delete', 'replace', 'x']) }, anything(random)],
        '$setElementOrder/tags': anything(random),
        $retainKeys: anything(random),
      },
    };
  }

  /** Not even HTTP any more: the server answers and hangs up. */
  #malformed(bytes: Buffer): Buffer {
    const random = this.#random;
    const end = Math.min(bytes.length, bytes.indexOf('\r\n\r\n') + 2);
    return Buffer.concat([
      this.#damage(bytes.subarray(0, end)),
      Buffer.from('\r\n\r\n'),
      random.bytes(random.below(20)),
    ]);
  }
}

/** Nearly always one that is served, for behind a 405 there is nothing to find. */
function servedMethod({ rest, subresources }: Resource, random: Random): string {
  const served = [
    ...(rest.get === undefined && rest.list === undefined ? [] : ['GET']),
    ...(rest.create === undefined ? [] : ['POST', 'POST']),
    ...(rest.update === undefined ? [] : ['PUT', 'PATCH', 'PATCH']),
    ...(rest.delete === undefined ? [] : ['DELETE']),
  ];
  const isOdd = served.length === 0 || (subresources.length > 0 && random.once(8));
  return random.pick(isOdd ? methods.slice(0, 5) : served);
}

function apiVersionOf({ group, version }: Resource): string {
  return group === '' ? version : `${group}/${version}`;
}

/** `encodeURIComponent` takes no half of a pair. */
function safe(text: string): string {
  return text.toWellFormed();
}

function bomb(levels: number): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < levels; level += 1)
    lines.push(
      `a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(', ')}]`,
    );
  return lines.join('\n');
}
