import { digestError, isDigest } from './digest.ts';
import { defaultTag } from './types.ts';

/**
 * A pull spec in parts; a part that was not written is empty. `name` may hold slashes, `id` is a digest.
 * Source: openshift/library-go image/reference.
 */
export interface DockerImageReference {
  readonly registry: string;
  readonly namespace: string;
  readonly name: string;
  readonly tag: string;
  readonly id: string;
}

export type ParsedReference =
  | { readonly ok: true; readonly reference: DockerImageReference }
  | { readonly ok: false; readonly error: string };

interface SplitText {
  readonly name: string;
  readonly tag: string;
  readonly id: string;
}

const maxNameLength = 255;
const hubRegistry = 'docker.io';
const hubNamespace = 'library';
const hubRegistries: ReadonlySet<string> = new Set([
  hubRegistry,
  'index.docker.io',
  'registry-1.docker.io',
]);

// Every alternative below begins with a character that the repetition before it cannot take, so that matching is linear.
const hostname =
  /^[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*(?:\.[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*)*(?::[0-9]+)?$/;
const component = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*$/;
const tagShape = /^\w[\w.-]{0,127}$/;
const digestShape = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;

/** Reads `name[:tag][@digest]` with the grammar, and the error texts, of the distribution library. */
export function parseDockerImageReference(text: string): ParsedReference {
  if (text === '') return failed('repository name must have at least one component');
  const split = splitText(text);
  if (split === undefined) {
    const lowerCased = splitText(text.toLowerCase()) !== undefined;
    return failed(lowerCased ? 'repository name must be lowercase' : 'invalid reference format');
  }
  if (split.name.length > maxNameLength)
    return failed('repository name must not be more than 255 characters');
  const error = split.id === '' ? undefined : digestError(split.id);
  if (error !== undefined) return failed(error);
  return { ok: true, reference: partsOf(text, split) };
}

/** The reference, or undefined where the text is none. */
export function referenceOf(text: string): DockerImageReference | undefined {
  const parsed = parseDockerImageReference(text);
  return parsed.ok ? parsed.reference : undefined;
}

/** The set parts as text: `[registry/][namespace/]name` and `@digest`, else `:tag`. Without a name it is empty. */
export function exactReference(ref: DockerImageReference): string {
  if (ref.name === '') return '';
  return `${repositoryText(ref)}${suffix(ref)}`;
}

/** As the exact text, with `library/` added for Docker Hub; an empty registry is not taken for the hub. */
export function referenceString(ref: DockerImageReference): string {
  return exactReference(
    ref.namespace === '' && hubRegistries.has(ref.registry)
      ? { ...ref, namespace: hubNamespace }
      : ref,
  );
}

/** What a client would pull: registry `docker.io`, namespace `library` on the hub, tag `latest` (even beside a digest). */
export function withClientDefaults(ref: DockerImageReference): DockerImageReference {
  const registry = ref.registry === '' ? hubRegistry : ref.registry;
  const onHub = hubRegistries.has(registry);
  return {
    ...ref,
    registry,
    namespace: ref.namespace === '' && onHub ? hubNamespace : ref.namespace,
    tag: ref.tag === '' ? defaultTag : ref.tag,
  };
}

/** Without the tag where a digest says more. */
export function mostSpecific(ref: DockerImageReference): DockerImageReference {
  return isDigest(ref.id) ? { ...ref, tag: '' } : ref;
}

/** The shortest spelling for the same image: hub names become `docker.io`, `library` and `latest` are left out. */
export function daemonMinimal(ref: DockerImageReference): DockerImageReference {
  const registry = hubRegistries.has(ref.registry) ? hubRegistry : ref.registry;
  return {
    ...ref,
    registry,
    namespace: registry === hubRegistry && ref.namespace === hubNamespace ? '' : ref.namespace,
    tag: ref.tag === defaultTag ? '' : ref.tag,
  };
}

/** Without tag and digest. */
export function asRepository(ref: DockerImageReference): DockerImageReference {
  return { ...ref, tag: '', id: '' };
}

/** The reference pinned to a digest: tag dropped, spelling of the repository kept. */
export function pinnedTo(ref: DockerImageReference, digest: string): DockerImageReference {
  return { ...ref, tag: '', id: digest };
}

/** The registry as one name: lower-case, for hosts are the same in any case, and `docker.io` for the hub and its aliases. */
export function registryName({ registry }: DockerImageReference): string {
  const lowerCased = registry.toLowerCase();
  return lowerCased === '' || hubRegistries.has(lowerCased) ? hubRegistry : lowerCased;
}

/** The host (and port) to ask; Docker Hub answers at `registry-1.docker.io`. */
export function registryHost(ref: DockerImageReference): string {
  const registry = registryName(ref);
  return registry === hubRegistry ? 'registry-1.docker.io' : registry;
}

/** The repository path on its registry: `library/python`. */
export function repositoryPath(ref: DockerImageReference): string {
  const { namespace, name } = withClientDefaults({ ...ref, registry: registryName(ref) });
  return namespace === '' ? name : `${namespace}/${name}`;
}

/** Host and path; equal for two references exactly when they live in one repository. */
export function repositoryKey(ref: DockerImageReference): string {
  return `${registryHost(ref)}/${repositoryPath(ref)}`;
}

function failed(error: string): ParsedReference {
  return { ok: false, error };
}

function splitText(text: string): SplitText | undefined {
  const at = text.indexOf('@');
  const id = at === -1 ? '' : text.slice(at + 1);
  if (at !== -1 && !digestShape.test(id)) return undefined;
  const named = at === -1 ? text : text.slice(0, at);
  const colon = named.lastIndexOf(':');
  const tagged = colon > named.lastIndexOf('/');
  const tag = tagged ? named.slice(colon + 1) : '';
  if (tagged && !tagShape.test(tag)) return undefined;
  const name = tagged ? named.slice(0, colon) : named;
  return isName(name) ? { name, tag, id } : undefined;
}

function isName(name: string): boolean {
  const [first = '', ...rest] = name.split('/');
  if (!rest.every((part) => component.test(part))) return false;
  return component.test(first) || (rest.length > 0 && hostname.test(first));
}

function partsOf(text: string, split: SplitText): DockerImageReference {
  const slash = split.name.indexOf('/');
  if (slash === -1 && (split.name.includes('.') || split.name.startsWith('localhost')))
    return { registry: text, namespace: '', name: '', tag: '', id: '' };
  const first = slash === -1 ? '' : split.name.slice(0, slash);
  const isRegistry = first.includes('.') || first.includes(':') || first === 'localhost';
  const path = isRegistry ? split.name.slice(slash + 1) : split.name;
  const inPath = path.indexOf('/');
  return {
    registry: isRegistry ? first : '',
    namespace: inPath === -1 ? '' : path.slice(0, inPath),
    name: path.slice(inPath + 1),
    tag: split.tag,
    id: split.id,
  };
}

function repositoryText(ref: DockerImageReference): string {
  return [ref.registry, ref.namespace, ref.name].filter((part) => part !== '').join('/');
}

function suffix(ref: DockerImageReference): string {
  if (ref.id !== '') return isDigest(ref.id) ? `@${ref.id}` : `:${ref.id}`;
  return ref.tag === '' ? '' : `:${ref.tag}`;
}
