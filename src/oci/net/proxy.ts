/** Which proxy leads to a URL: `NO_PROXY` with hosts, suffixes, ports, addresses and, as OpenShift writes them, CIDRs. */
import { isIP, isIPv4, type BlockList } from 'node:net';

import { cidrList, unmapped } from './cidr.ts';
import type { ProxySettings } from './policy.ts';

type Rule = (host: string, port: string) => boolean;

const parsed = new WeakMap<ProxySettings, readonly Rule[]>();

/** The proxy for an origin; undefined when it is reached directly. */
export function proxyFor(origin: URL, settings: ProxySettings | undefined): string | undefined {
  const proxy = origin.protocol === 'https:' ? settings?.https : settings?.http;
  if (settings === undefined || proxy === undefined || proxy === '') return undefined;
  const rules = parsed.get(settings) ?? parseNoProxy(settings.noProxy ?? '');
  parsed.set(settings, rules);
  const host = unmapped(origin.hostname.toLowerCase());
  const port = origin.port === '' ? (origin.protocol === 'https:' ? '443' : '80') : origin.port;
  return rules.some((rule) => rule(host, port)) ? undefined : proxy;
}

function parseNoProxy(text: string): Rule[] {
  return text
    .split(/[\s,]+/u)
    .filter((entry) => entry !== '')
    .map((entry) => ruleOf(entry.toLowerCase()));
}

function ruleOf(entry: string): Rule {
  if (entry === '*') return () => true;
  const cidr = cidrOf(entry);
  if (cidr !== undefined)
    return (host) => isIP(host) !== 0 && cidr.check(host, isIPv4(host) ? 'ipv4' : 'ipv6');
  const match = /^(?<name>.*?)(?::(?<port>\d+))?$/u.exec(entry);
  const name = (match?.groups?.['name'] ?? '').replace(/^\*?\./u, '.');
  const wantedPort = match?.groups?.['port'];
  const suffix = name.startsWith('.') ? name : `.${name}`;
  return (host, port) =>
    (wantedPort === undefined || wantedPort === port) &&
    // `example.com` means its subdomains too, `.example.com` only them (as Go and curl).
    (host === name || host.endsWith(suffix));
}

function cidrOf(entry: string): BlockList | undefined {
  try {
    return cidrList([entry]);
  } catch {
    return undefined;
  }
}
