/**
 * References to images: `[registry/]repository[:tag][@digest]`.
 *
 *   registry   = host [":" port]; host = labels of [A-Za-z0-9-] joined by ".", or "[" IPv6 "]"
 *   repository = component *("/" component)
 *   component  = 1*alnum *(separator 1*alnum), separator = "." / "_" / "__" / 1*"-"
 *   tag        = word *127(word / "." / "-")
 *
 * (distribution-spec v1.1, and distribution/reference for the registry part.) Every pattern here is linear: the
 * separator is not optional inside the repetition, which makes the usual pattern exponential.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';

import { InvalidReferenceError } from '../errors/content.ts';
import { cleanText } from '../text.ts';
import { parseDigest, type Digest } from './digest.ts';

/** A repository on a registry. */
export interface RepositoryName {
  /** `host[:port]`, lower case, without scheme: `docker.io`, `[::1]:5000`. */
  readonly registry: string;
  /** `library/nginx`. */
  readonly repository: string;
}

export interface Reference extends RepositoryName {
  readonly tag?: string;
  /** Wins over the tag when both are given. */
  readonly digest?: Digest;
  toString(): string;
}

export interface ParseReferenceOptions {
  /** For references without one; default `docker.io`. */
  readonly defaultRegistry?: string;
  /** Registries that keep single names below `library/`; default Docker Hub's names. */
  readonly libraryFor?: readonly string[];
}

const hubNames: readonly string[] = ['docker.io', 'index.docker.io', 'registry-1.docker.io'];

const componentPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/u;
const tagPattern = /^\w[\w.-]{0,127}$/u;
const labelPattern = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/u;
const portPattern = /^[0-9]{1,5}$/u;
const maxRepositoryLength = 255;
const maxReferenceLength = 1024;

/**
 * Reads a reference.
 * @throws {InvalidReferenceError} when it is none
 * @throws {InvalidDigestError} when what stands behind `@` is no digest
 */
export function parseReference(text: string, options: ParseReferenceOptions = {}): Reference {
  if (text.length > maxReferenceLength) throw invalid(text, 'it is too long');
  const [named, pinned] = splitAt(text, text.indexOf('@'));
  // `user@host/name` is a URL's user information, not a digest.
  if (pinned?.includes('/') === true) throw invalid(text, 'the registry is invalid');
  // `host:5000` alone reads as a name with a tag, as everywhere.
  const [name, tag] = splitAt(named, named.indexOf(':', named.lastIndexOf('/') + 1));
  if (tag !== undefined && !isTag(tag)) throw invalid(text, 'the tag is invalid');
  return makeReference(
    parseName(name, text, options),
    tag,
    pinned === undefined ? undefined : parseDigest(pinned),
  );
}

function parseName(name: string, text: string, options: ParseReferenceOptions): RepositoryName {
  const { defaultRegistry = 'docker.io', libraryFor = hubNames } = options;
  const [first, rest] = splitAt(name, name.indexOf('/'));
  const hasRegistry = rest !== undefined && (/[.:[\]]|[A-Z]/u.test(first) || first === 'localhost');
  const registry = parseRegistry(hasRegistry ? first : defaultRegistry, text);
  const path = hasRegistry ? rest : name;
  const repository =
    libraryFor.includes(registry) && !path.includes('/') ? `library/${path}` : path;
  if (!isRepository(repository)) throw invalid(text, 'the repository name is invalid');
  return { registry, repository };
}

function splitAt(text: string, at: number): readonly [string, string | undefined] {
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** A reference made of its parts; `name` must be valid. */
export function makeReference(name: RepositoryName, tag?: string, digest?: Digest): Reference {
  return {
    registry: name.registry,
    repository: name.repository,
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
    toString() {
      const tagged = tag === undefined ? '' : `:${tag}`;
      const pinned = digest === undefined ? '' : `@${digest}`;
      return `${name.registry}/${name.repository}${tagged}${pinned}`;
    },
  };
}

/**
 * A registry in normal form.
 * @throws {InvalidReferenceError} when it is no `host[:port]`
 */
export function parseRegistry(registry: string, within = registry): string {
  const text = registry.toLowerCase();
  const bracket = text.startsWith('[') ? text.indexOf(']') : -1;
  const colon = text.indexOf(':', Math.max(bracket, 0));
  const host = colon < 0 ? text : text.slice(0, colon);
  const port = colon < 0 ? undefined : text.slice(colon + 1);
  if (port !== undefined && (!portPattern.test(port) || Number(port) > 65_535 || Number(port) < 1))
    throw invalid(within, 'the port is invalid');
  if (!isHost(host)) throw invalid(within, hostProblem(host));
  return port === undefined ? host : `${host}:${Number(port)}`;
}

/** Docker Hub's API has another name than its images. */
export function endpointHost(registry: string): string {
  return registry === 'docker.io' || registry === 'index.docker.io'
    ? 'registry-1.docker.io'
    : registry;
}

/** True for a repository's path. */
export function isRepository(text: string): boolean {
  return (
    text.length <= maxRepositoryLength &&
    text.split('/').every((component) => componentPattern.test(component))
  );
}

/** True for a tag. */
export function isTag(text: string): boolean {
  return tagPattern.test(text);
}

function isHost(host: string): boolean {
  if (host.startsWith('[')) return host.endsWith(']') && isIPv6Address(host.slice(1, -1));
  if (host.length > 253) return false;
  const labels = host.split('.');
  if (!labels.every((label) => label.length <= 63 && labelPattern.test(label))) return false;
  // URLs read `0x7f.1` and `2130706433` as addresses: a host that ends in a number must be a plain IPv4 address.
  return isIPv4(host) || !/^(?:[0-9]+|0x[0-9a-f]*)$/u.test(labels.at(-1) ?? '');
}

/** Without a zone, which means nothing outside one machine. */
function isIPv6Address(text: string): boolean {
  return isIPv6(text) && !text.includes('%');
}

function hostProblem(host: string): string {
  // eslint-disable-next-line no-control-regex
  if (!/[^\u0000-\u007f]/u.test(host)) return 'the registry is invalid';
  const ascii = domainToASCII(host);
  return ascii === ''
    ? 'the registry is invalid'
    : `the registry is not ASCII (it would be ${ascii})`;
}

function invalid(text: string, why: string): InvalidReferenceError {
  return new InvalidReferenceError(`invalid reference "${cleanText(text, 120)}": ${why}`);
}
