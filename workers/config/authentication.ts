import { resolve } from 'node:path';

import type { OidcOptions } from '#src/apiserver/authenticate/oidc/oidc-tokens.ts';

import {
  bad,
  ConfigError,
  durationOf,
  partsOf,
  type Environment,
  type Given,
  type Values,
} from './values.ts';
import type { Flag } from './settings.ts';

/** An issuer outside, as kube-apiserver's flags of the same names describe it. */
export interface OidcConfig extends OidcOptions {
  /** Of the issuer's certificate; the machine's own authorities when absent. */
  readonly caFile?: string;
}

/** How those who ask may prove themselves. */
export interface AuthenticationConfig {
  /** Without a slash at the end; from the Host of each request when absent. */
  readonly publicUrl?: string;
  readonly accessTokenLifetimeMs: number;
  readonly serviceAccounts: { readonly issuer: string; readonly maxTokenLifetimeMs: number };
  readonly frontProxy?: { readonly caFile: string; readonly allowedNames: readonly string[] };
  readonly oidc?: OidcConfig;
  /** What the user `admin` gets when it has no password yet. */
  readonly adminPassword?: { readonly value: string } | { readonly file: string };
}

const dayMs = 24 * 60 * 60_000;
/** Names nobody else's server, and is no address that anybody is sent to. */
const defaultIssuer = 'https://sluice';

/** @throws {ConfigError} that names flag, value and what was expected */
export function authenticationOf(values: Values, environment: Environment): AuthenticationConfig {
  const publicUrl = publicUrlOf(values);
  return {
    ...(publicUrl === undefined ? {} : { publicUrl }),
    accessTokenLifetimeMs: durationOf(values, 'access-token-lifetime', dayMs),
    serviceAccounts: {
      issuer: issuerOf(values, 'service-account-issuer') ?? publicUrl ?? defaultIssuer,
      maxTokenLifetimeMs: durationOf(values, 'service-account-max-token-expiration', 365 * dayMs),
    },
    ...frontProxyOf(values),
    ...oidcOf(values),
    ...adminPasswordOf(values, environment),
  };
}

function publicUrlOf(values: Values): string | undefined {
  const given = values.get('public-url');
  if (given === undefined) return undefined;
  const [, url] = /^(https:\/\/[^\s/?#@]+)\/?$/.exec(given.value) ?? [];
  if (url === undefined || !URL.canParse(url))
    throw bad(given, 'https://HOST or https://HOST:PORT');
  return url;
}

function issuerOf(values: Values, flag: Flag): string | undefined {
  const given = values.get(flag);
  if (given === undefined) return undefined;
  const isGood = /^https:\/\/[^\s?#@]+$/.test(given.value) && URL.canParse(given.value);
  if (!isGood) throw bad(given, 'a URL of the form https://…, without query and fragment');
  return given.value;
}

function frontProxyOf(values: Values): Pick<AuthenticationConfig, 'frontProxy'> {
  const ca = values.get('requestheader-client-ca-file');
  const names = values.get('requestheader-allowed-names');
  if (ca === undefined && names !== undefined)
    throw new ConfigError(`${names.source} is of no use without --requestheader-client-ca-file`);
  if (ca === undefined) return {};
  return {
    frontProxy: {
      caFile: resolve(ca.value),
      allowedNames: listOf(names),
    },
  };
}

function oidcOf(values: Values): Pick<AuthenticationConfig, 'oidc'> {
  const issuerUrl = issuerOf(values, 'oidc-issuer-url');
  const clientId = values.get('oidc-client-id')?.value;
  if (issuerUrl === undefined && clientId === undefined) return {};
  if (issuerUrl === undefined || clientId === undefined)
    throw new ConfigError(
      '--oidc-issuer-url and --oidc-client-id belong together; one of them is missing',
    );
  const text = (flag: Flag, byDefault: string): string => values.get(flag)?.value ?? byDefault;
  const usernameClaim = text('oidc-username-claim', 'sub');
  const caFile = text('oidc-ca-file', '');
  return {
    oidc: {
      issuerUrl,
      clientId,
      usernameClaim,
      usernamePrefix: usernamePrefixOf(values, issuerUrl, usernameClaim),
      groupsClaim: text('oidc-groups-claim', ''),
      groupsPrefix: text('oidc-groups-prefix', ''),
      requiredClaims: claimsOf(values.get('oidc-required-claim')),
      signingAlgorithms: algorithmsOf(values.get('oidc-signing-algs')),
      ...(caFile === '' ? {} : { caFile: resolve(caFile) }),
    },
  };
}

/** As kube-apiserver: `-` is none, and names that are not mail addresses are made unlike those of other issuers. */
function usernamePrefixOf(values: Values, issuerUrl: string, claim: string): string {
  const given = values.get('oidc-username-prefix')?.value;
  if (given === '-') return '';
  return given ?? (claim === 'email' ? '' : `${issuerUrl}#`);
}

function claimsOf(given: Given | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(
    listOf(given).map((pair) => {
      const [, claim, value] = /^([^=]+)=(.*)$/.exec(pair) ?? [];
      if (given !== undefined && (claim === undefined || value === undefined))
        throw bad(given, 'CLAIM=VALUE pairs, divided by commas');
      return [claim ?? '', value ?? ''];
    }),
  );
}

/** Those of public keys: with a shared secret the issuer's key would be one that everybody knows. */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
];

function algorithmsOf(given: Given | undefined): readonly string[] {
  if (given === undefined) return ['RS256'];
  const names = listOf(given);
  if (names.length === 0 || !names.every((name) => algorithms.includes(name)))
    throw bad(given, `names out of ${algorithms.join(', ')}`);
  return names;
}

function adminPasswordOf(
  values: Values,
  environment: Environment,
): Pick<AuthenticationConfig, 'adminPassword'> {
  const file = values.get('admin-password-file');
  const value = environment['SLUICE_ADMIN_PASSWORD'] ?? '';
  if (file !== undefined) return { adminPassword: { file: resolve(file.value) } };
  return value === '' ? {} : { adminPassword: { value } };
}

function listOf(given: Given | undefined): readonly string[] {
  return partsOf(given?.value ?? '').filter((name) => name !== '');
}
