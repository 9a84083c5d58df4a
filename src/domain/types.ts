/**
 * The documents of `image.openshift.io/v1`, with the field names of the wire.
 *
 * Terminology. An *image stream* is a named set of tags in a namespace. A *spec tag* (TagReference) is the intent:
 * follow an external tag, follow another tag, stay at a digest. A *status tag* (NamedTagEventList) is the history: a
 * stack of *tag events*, newest first, and at most one condition. Both are joined by name only. An *image* is what a
 * manifest and its config say, stored once by digest. An *import* asks a registry and pushes tag events.
 *
 * Source: openshift/api image/v1 types.go.
 */
import type { KubeObject, ObjectReference } from '#src/meta/object.ts';
import type { Status } from '#src/meta/status.ts';

export const imageGroup = 'image.openshift.io';
export const imageApiVersion = 'image.openshift.io/v1';
export const defaultTag = 'latest';

/** Written by every import that changes a stream; its absence means "never imported". */
export const dockerRepositoryCheckAnnotation = 'openshift.io/image.dockerRepositoryCheck';
export const insecureRepositoryAnnotation = 'openshift.io/image.insecureRepository';
export const dockerLayersOrderAnnotation = 'image.openshift.io/dockerLayersOrder';
export const managedImageAnnotation = 'openshift.io/image.managed';
export const excludeSecretAnnotation = 'openshift.io/image.excludeSecret';
export const preferArchAnnotation = 'importer.image.openshift.io/prefer-arch';
export const preferOsAnnotation = 'importer.image.openshift.io/prefer-os';

export type ImportMode = 'Legacy' | 'PreserveOriginal';
export type ReferencePolicyType = 'Source' | 'Local';

export interface TagImportPolicy {
  insecure?: boolean;
  scheduled?: boolean;
  importMode?: ImportMode;
}

export interface TagReferencePolicy {
  type: ReferencePolicyType;
}

export type SourceKind = 'DockerImage' | 'ImageStreamTag' | 'ImageStreamImage';

/** A spec tag. `generation` null means "keep"; 0 asks for a new import. */
export interface TagReference {
  name: string;
  annotations: Record<string, string> | null;
  from?: ObjectReference;
  reference?: boolean;
  generation: number | null;
  importPolicy: TagImportPolicy;
  referencePolicy: TagReferencePolicy;
}

/**
 * What put an entry onto a tag's history: an import that was asked for (by a user or by a changed intent), a scheduled
 * check, a push (ImageStreamMapping), a write of the tag or its stream, a rollback, a write of the stream's status.
 */
export type TagCause = 'import' | 'schedule' | 'mapping' | 'tag' | 'rollback' | 'status';

/**
 * One entry of a tag's history. `image` is empty for reference tags. `cause` and `by` (a user name) are kept in the
 * record only: no document of the wire has them.
 */
export interface TagEvent {
  /** Null when a write of the status did not say. */
  created: string | null;
  dockerImageReference: string;
  image: string;
  generation: number;
  cause?: TagCause;
  by?: string;
  /** The pull secret that an import used; empty when the registry wanted none. */
  secret?: string;
}

/** The only type is ImportSuccess, and only with status False: success is the absence of the condition. */
export interface TagEventCondition {
  type: 'ImportSuccess';
  status: 'False' | 'True' | 'Unknown';
  lastTransitionTime: string | null;
  reason?: string;
  message?: string;
  generation: number;
}

/** A status tag: history newest first (`null` on the wire when there are only conditions). */
export interface NamedTagEventList {
  tag: string;
  items: TagEvent[] | null;
  conditions?: TagEventCondition[];
}

export interface ImageLookupPolicy {
  local: boolean;
}

export interface ImageStreamSpec {
  lookupPolicy: ImageLookupPolicy;
  dockerImageRepository?: string;
  tags?: TagReference[];
}

export interface ImageStreamStatus {
  dockerImageRepository: string;
  publicDockerImageRepository?: string;
  tags?: NamedTagEventList[];
}

export interface ImageStream extends KubeObject {
  spec: ImageStreamSpec;
  status: ImageStreamStatus;
}

export interface ImageLayer {
  name: string;
  size: number;
  mediaType: string;
}

export interface ImageManifest {
  digest: string;
  mediaType: string;
  manifestSize: number;
  architecture: string;
  os: string;
  variant?: string;
}

/** The runtime part of an image config; every field is absent when empty. */
export interface DockerConfig {
  Hostname?: string;
  Domainname?: string;
  User?: string;
  Memory?: number;
  MemorySwap?: number;
  CpuShares?: number;
  Cpuset?: string;
  AttachStdin?: boolean;
  AttachStdout?: boolean;
  AttachStderr?: boolean;
  PortSpecs?: string[];
  ExposedPorts?: Record<string, Record<string, never>>;
  Tty?: boolean;
  OpenStdin?: boolean;
  StdinOnce?: boolean;
  Env?: string[];
  Cmd?: string[];
  Dns?: string[];
  Image?: string;
  Volumes?: Record<string, Record<string, never>>;
  VolumesFrom?: string;
  WorkingDir?: string;
  Entrypoint?: string[];
  NetworkDisabled?: boolean;
  SecurityOpts?: string[];
  OnBuild?: string[];
  Labels?: Record<string, string>;
}

/** `dockerImageMetadata`. `Created` is null when unknown; `ContainerConfig` is always present. */
export interface DockerImage {
  kind: 'DockerImage';
  apiVersion: 'image.openshift.io/1.0';
  Id: string;
  Parent?: string;
  Comment?: string;
  Created: string | null;
  Container?: string;
  ContainerConfig: DockerConfig;
  DockerVersion?: string;
  Author?: string;
  Config?: DockerConfig;
  Architecture?: string;
  Size?: number;
}

export interface ImageSignature extends KubeObject {
  type: string;
  content: string;
  conditions?: SignatureCondition[];
  imageIdentity?: string;
  signedClaims?: Record<string, string>;
  created?: string;
  issuedBy?: { organization?: string; commonName?: string };
  issuedTo?: { organization?: string; commonName?: string; publicKeyID?: string };
}

export interface SignatureCondition {
  type: string;
  status: string;
  lastProbeTime?: string | null;
  lastTransitionTime?: string | null;
  reason?: string;
  message?: string;
}

/** An image by manifest digest (`metadata.name`); cluster-scoped. */
export interface Image extends KubeObject {
  dockerImageReference?: string;
  dockerImageMetadata?: DockerImage | null;
  dockerImageMetadataVersion?: string;
  dockerImageManifest?: string;
  dockerImageLayers?: ImageLayer[];
  signatures?: ImageSignature[];
  dockerImageSignatures?: string[];
  dockerImageManifestMediaType?: string;
  dockerImageConfig?: string;
  dockerImageManifests?: ImageManifest[];
}

export interface ImageStreamTag extends KubeObject {
  tag: TagReference | null;
  generation: number;
  lookupPolicy: ImageLookupPolicy;
  conditions?: TagEventCondition[];
  image: Image;
}

export interface ImageTag extends KubeObject {
  spec: TagReference | null;
  status: NamedTagEventList | null;
  image: Image | null;
}

export interface ImageStreamImage extends KubeObject {
  image: Image;
}

export interface ImageStreamMapping extends KubeObject {
  image: Image;
  tag: string;
}

export interface ImageImportSpec {
  from: ObjectReference;
  to?: { name: string };
  importPolicy: TagImportPolicy;
  referencePolicy: TagReferencePolicy;
  includeManifest?: boolean;
}

export interface RepositoryImportSpec {
  from: ObjectReference;
  importPolicy: TagImportPolicy;
  referencePolicy: TagReferencePolicy;
  includeManifest?: boolean;
}

export interface ImageStreamImportSpec {
  import: boolean;
  repository?: RepositoryImportSpec;
  images?: ImageImportSpec[];
}

/** The outcome of one image of an import; `manifests` are the images of an index (PreserveOriginal). */
export interface ImageImportStatus {
  status: Status;
  image?: Image;
  tag?: string;
  manifests?: Image[];
}

export interface RepositoryImportStatus {
  status?: Status;
  images?: ImageImportStatus[];
  additionalTags?: string[];
}

export interface ImageStreamImportStatus {
  import?: ImageStream;
  repository?: RepositoryImportStatus;
  images?: ImageImportStatus[];
}

export interface ImageStreamImport extends KubeObject {
  spec: ImageStreamImportSpec;
  status: ImageStreamImportStatus;
}
