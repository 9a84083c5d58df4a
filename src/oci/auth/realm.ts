/**
 * Whether a token server that a registry names may see the registry's credentials. The name comes from outside, and
 * most clients have had an advisory about believing it.
 */
import type { NetworkPolicy, RealmDecision } from '../net/policy.ts';
import { cleanText } from '../text.ts';

/** Registries whose token servers have another name (their vendors' documentation). */
const wellKnown: Readonly<Record<string, readonly string[]>> = {
  'docker.io': ['auth.docker.io'],
  'registry-1.docker.io': ['auth.docker.io'],
  'gcr.io': ['gcr.io'],
  'registry.gitlab.com': ['gitlab.com'],
  'registry.redhat.io': ['sso.redhat.com', 'registry.redhat.io'],
  'registry.access.redhat.com': ['sso.redhat.com'],
};

/** Below these, names one label apart belong to different owners. No complete list: what is missing only gets no secret. */
const publicSuffixes: ReadonlySet<string> = new Set(
  (
    'co.uk org.uk ac.uk gov.uk com.au net.au org.au co.jp ne.jp or.jp co.kr co.in co.nz co.za com.br com.cn com.mx ' +
    'com.tr com.tw com.sg com.hk github.io gitlab.io azurecr.io pkg.dev amazonaws.com herokuapp.com appspot.com ' +
    'azurewebsites.net cloudapp.net cloudapp.azure.com cloudfront.net web.app run.app fly.dev vercel.app netlify.app ' +
    'pages.dev workers.dev ngrok.io ngrok.app nip.io sslip.io duckdns.org blogspot.com svc.cluster.local local'
  ).split(' '),
);

const maxRealmLength = 2048;

/** A realm that may be asked, or why it may not. */
export type RealmVerdict =
  | { readonly decision: Exclude<RealmDecision, 'reject'>; readonly url: URL }
  | { readonly decision: 'reject'; readonly host: string; readonly why: string };

/**
 * Judges a realm.
 * @param registry where the challenge came from, with its scheme
 * @param name the registry as references name it, `docker.io`
 */
export function judgeRealm(
  realm: string,
  registry: URL,
  name: string,
  policy: NetworkPolicy,
): RealmVerdict {
  const url = realm.length > maxRealmLength ? null : URL.parse(realm);
  if (url === null) return reject('', 'the realm is no URL');
  const why = problemOf(url, registry);
  if (why !== undefined) return reject(url.host, why);
  const decision =
    policy.realm?.decide?.(registry, url) ??
    (isTrusted(url, registry, name, policy) ? 'send-credentials' : 'anonymous-only');
  return decision === 'reject' ? reject(url.host, 'the policy refuses it') : { decision, url };
}

function problemOf(url: URL, registry: URL): string | undefined {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'its scheme is not HTTP';
  if (url.username !== '' || url.password !== '') return 'it has user information';
  if (url.hash !== '') return 'it has a fragment';
  if (url.protocol === 'http:' && registry.protocol === 'https:')
    return 'it is plain HTTP and the registry is not';
  return undefined;
}

function isTrusted(url: URL, registry: URL, name: string, policy: NetworkPolicy): boolean {
  const host = url.hostname.toLowerCase();
  const own = registry.hostname.toLowerCase();
  if (host === own) return true;
  const listed = [...(wellKnown[name] ?? []), ...(policy.realm?.trusted?.[name] ?? [])];
  if (listed.some((entry) => entry === host || entry === url.host)) return true;
  return sameOwner(host, own);
}

/** One is a parent of the other, and both lie below one registrable name. */
function sameOwner(a: string, b: string): boolean {
  const [parent, child] = a.length < b.length ? [a, b] : [b, a];
  return child.endsWith(`.${parent}`) && !isSuffix(parent);
}

function isSuffix(host: string): boolean {
  return !host.includes('.') || publicSuffixes.has(host) || /^[\d.]+$/u.test(host);
}

function reject(host: string, why: string): RealmVerdict {
  return { decision: 'reject', host: cleanText(host, 100), why };
}
