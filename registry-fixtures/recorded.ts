/** The images that stood in the registries when a real OpenShift was recorded; their digests are in test/golden/fixtures/recorded-images.json. */
import {
  makeArtifact,
  makeImage,
  makeIndex,
  type ImageDescription,
  type Manifest,
  type Placement,
} from './make.ts';
import { helmChart, helmConfig } from './media-types.ts';

/** The recorded images by the name that the golden list gives them. */
export interface RecordedImages {
  /** `acme/…`, `single` and `a/b/c`: on the registry without authentication. */
  readonly open: readonly Placement[];
  /** `acme/secret`: on the registry with basic authentication. */
  readonly auth: readonly Placement[];
  readonly named: Readonly<Record<string, Manifest>>;
}

/** An image with three layers and every field that a cluster shows of a config. */
export function appImage(version: string, overrides: Partial<ImageDescription> = {}): Manifest {
  return makeImage({
    layers: [
      { 'etc/base': 'base' },
      { 'app/run': `#!/bin/sh\necho ${version}` },
      { 'app/ver': version },
    ],
    config: {
      User: '1001:0',
      ExposedPorts: { '8080/tcp': {}, '8443/tcp': {} },
      Env: ['PATH=/usr/local/bin:/usr/bin:/bin', `APP_VERSION=${version}`, 'EMPTY='],
      Entrypoint: ['/app/run', '--serve'],
      Cmd: ['--port', '8080'],
      WorkingDir: '/app',
      Volumes: { '/data': {} },
      Labels: {
        'io.openshift.expose-services': '8080:http',
        'io.k8s.description': `demo ${version}`,
        version,
      },
      Hostname: 'h',
      Domainname: '',
      Tty: false,
    },
    ...overrides,
  });
}

/** Makes all recorded images. */
export function recordedImages(): RecordedImages {
  const named = namedImages();
  return {
    named,
    open: [
      place('acme/demo', ['v1', '1.0', 'foo'], named.demo1),
      place('acme/demo', ['v1.1'], named.demo11),
      place('acme/demo', ['v2.0', 'latest'], named.demo2),
      place('acme/oci', ['latest', 'v1'], named.oci),
      place('acme/multi', ['latest', 'v1'], named.multi),
      place('acme/ocimulti', ['latest'], named.ocimulti),
      place('acme/noamd', ['latest'], named.noamd),
      place('acme/moving', ['latest'], named.mov1),
      place('acme/artifact', ['latest'], named.artifact),
      ...Array.from({ length: 60 }, (_, index) =>
        place('acme/many', [`t${String(index).padStart(2, '0')}`], tinyImage(String(index))),
      ),
      place('single', ['latest'], tinyImage('single')),
      place('a/b/c', ['latest'], tinyImage('abc')),
    ],
    auth: [place('acme/secret', ['latest', 'v1'], named.priv)],
  };
}

/** What `acme/moving:latest` moves to in the recordings' scheduled re-import. */
export function movedImage(): Manifest {
  return appImage('mov2');
}

function namedImages() {
  const multiAmd64 = appImage('m-amd64');
  const multiArm64 = appImage('m-arm64', { architecture: 'arm64', variant: 'v8' });
  const multiPpc = appImage('m-ppc64le', { architecture: 'ppc64le' });
  const ociAmd64 = commandImage('amd', 'amd64', 'oci');
  const ociArm64 = commandImage('arm', 'arm64', 'oci');
  return {
    demo1: appImage('1.0'),
    demo11: appImage('1.1', { created: '2023-02-02T03:04:05Z' }),
    demo2: appImage('2.0', { created: '2023-03-02T03:04:05Z' }),
    oci: makeImage({
      format: 'oci',
      layers: [{ a: '1' }, { b: '2' }],
      config: { Env: ['X=1'], Cmd: ['sh'], Labels: { 'org.opencontainers.image.title': 'oci' } },
      annotations: { 'org.opencontainers.image.source': 'http://example.com' },
    }),
    multi_amd64: multiAmd64,
    multi_arm64: multiArm64,
    multi_ppc: multiPpc,
    multi: makeIndex([multiAmd64, multiArm64, multiPpc]),
    ocimulti: makeIndex([ociAmd64, ociArm64], 'oci'),
    ocimulti_amd64: ociAmd64,
    ocimulti_arm64: ociArm64,
    noamd: makeIndex([
      commandImage('arm', 'arm64', 'docker'),
      makeImage({ layers: [{ a: 's390' }], config: { Cmd: ['s'] }, architecture: 's390x' }),
    ]),
    mov1: appImage('mov1'),
    artifact: makeArtifact({ mediaType: helmConfig, text: '{"name":"chart"}' }, [
      { mediaType: helmChart, text: 'not-a-tar' },
    ]),
    priv: appImage('priv'),
  };
}

function commandImage(command: string, architecture: string, format: 'docker' | 'oci'): Manifest {
  return makeImage({ format, architecture, layers: [{ a: command }], config: { Cmd: [command] } });
}

function tinyImage(text: string): Manifest {
  return makeImage({ layers: [{ n: text }], config: { Cmd: [text] } });
}

function place(repository: string, tags: readonly string[], manifest: Manifest): Placement {
  return { repository, tags, manifest };
}
