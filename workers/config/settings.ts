/** The flags of `serve` and `worker` with their variables. The table is all there is to know of a setting. */
export interface Setting {
  readonly flag: string;
  readonly variable: string;
  /** How the value is written in the usage; a setting without it may stand without a value, which means `true`. */
  readonly value?: string;
  readonly text: string;
}

export const settings = [
  {
    flag: 'listen',
    variable: 'SLUICE_LISTEN',
    value: 'HOST:PORT',
    text: 'where the API is served; port 0 takes a free one (127.0.0.1:8443)',
  },
  {
    flag: 'data-dir',
    variable: 'SLUICE_DATA_DIR',
    value: 'DIR',
    text: 'keys, certificates and the embedded PostgreSQL (./.sluice)',
  },
  {
    flag: 'database-url',
    variable: 'SLUICE_DATABASE_URL',
    value: 'URL',
    text: 'PostgreSQL to use instead of the embedded one',
  },
  {
    flag: 'redis-url',
    variable: 'SLUICE_REDIS_URL',
    value: 'URL',
    text: 'Redis for the queue instead of PostgreSQL',
  },
  {
    flag: 'workers',
    variable: 'SLUICE_WORKERS',
    value: 'N',
    text: 'concurrent imports in this process; 0 leaves them to "sluice worker" (8)',
  },
  {
    flag: 'job-lock',
    variable: 'SLUICE_JOB_LOCK',
    value: 'D',
    text: 'a job whose worker was not heard of for so long is given to another (30s)',
  },
  {
    flag: 'controllers',
    variable: 'SLUICE_CONTROLLERS',
    value: 'on|off',
    text: 'off imports only what is asked for (on)',
  },
  {
    flag: 'schedule-interval',
    variable: 'SLUICE_SCHEDULE_INTERVAL',
    value: 'D',
    text: 'time between two checks of a scheduled tag (15m)',
  },
  {
    flag: 'history-entries',
    variable: 'SLUICE_HISTORY_ENTRIES',
    value: 'N',
    text: 'entries of history that a tag keeps, unless its stream says otherwise (unlimited)',
  },
  {
    flag: 'history-age',
    variable: 'SLUICE_HISTORY_AGE',
    value: 'D',
    text: 'drops entries that were replaced longer ago than this, such as 90d (unlimited)',
  },
  {
    flag: 'registry-hostname',
    variable: 'SLUICE_REGISTRY_HOSTNAME',
    value: 'HOST[:PORT]',
    text: 'under which the integrated registry is reached (none)',
  },
  {
    flag: 'external-registry-hostname',
    variable: 'SLUICE_EXTERNAL_REGISTRY_HOSTNAME',
    value: 'HOST[:PORT]',
    text: 'under which the integrated registry is reached from outside (none)',
  },
  {
    flag: 'allowed-registries',
    variable: 'SLUICE_ALLOWED_REGISTRIES',
    value: 'HOST[:PORT],…',
    text: 'registries that tags may take images from; * and ? are wildcards, without a port 443 is meant (any)',
  },
  {
    flag: 'max-images-per-repository',
    variable: 'SLUICE_MAX_IMAGES_PER_REPOSITORY',
    value: 'N',
    text: 'tags that the import of a whole repository takes; -1 is all (50)',
  },
  {
    flag: 'import-mode',
    variable: 'SLUICE_IMPORT_MODE',
    value: 'MODE',
    text: 'of tags that name none: Legacy or PreserveOriginal (Legacy)',
  },
  {
    flag: 'tls-cert',
    variable: 'SLUICE_TLS_CERT',
    value: 'FILE',
    text: 'certificate of the server, with --tls-key',
  },
  {
    flag: 'tls-key',
    variable: 'SLUICE_TLS_KEY',
    value: 'FILE',
    text: 'private key of the server, with --tls-cert',
  },
  {
    flag: 'tls-client-ca',
    variable: 'SLUICE_TLS_CLIENT_CA',
    value: 'FILE',
    text: 'authority of client certificates',
  },
  {
    flag: 'public-url',
    variable: 'SLUICE_PUBLIC_URL',
    value: 'https://HOST[:PORT]',
    text: 'address under which clients reach the API (the Host of each request)',
  },
  {
    flag: 'access-token-lifetime',
    variable: 'SLUICE_ACCESS_TOKEN_LIFETIME',
    value: 'D',
    text: 'how long the token of a login with a password is good (24h)',
  },
  {
    flag: 'watch-recheck',
    variable: 'SLUICE_WATCH_RECHECK',
    value: 'D',
    text: 'how often it is asked again whether a running watch may go on (30s)',
  },
  {
    flag: 'admin-password-file',
    variable: 'SLUICE_ADMIN_PASSWORD_FILE',
    value: 'FILE',
    text: 'password of the user admin while it has none; or the password itself in SLUICE_ADMIN_PASSWORD (none)',
  },
  {
    flag: 'requestheader-client-ca-file',
    variable: 'SLUICE_REQUESTHEADER_CLIENT_CA_FILE',
    value: 'FILE',
    text: 'authority of the certificates of front proxies, which say who the user is (none)',
  },
  {
    flag: 'requestheader-allowed-names',
    variable: 'SLUICE_REQUESTHEADER_ALLOWED_NAMES',
    value: 'NAMES',
    text: 'common names of front proxies (any that the authority has signed)',
  },
  {
    flag: 'service-account-issuer',
    variable: 'SLUICE_SERVICE_ACCOUNT_ISSUER',
    value: 'URL',
    text: 'issuer of the tokens of service accounts (--public-url, else https://sluice)',
  },
  {
    flag: 'service-account-max-token-expiration',
    variable: 'SLUICE_SERVICE_ACCOUNT_MAX_TOKEN_EXPIRATION',
    value: 'D',
    text: 'longest life of a token of a service account (8760h)',
  },
  {
    flag: 'oidc-issuer-url',
    variable: 'SLUICE_OIDC_ISSUER_URL',
    value: 'URL',
    text: 'issuer of OpenID Connect tokens that are accepted, with --oidc-client-id (none)',
  },
  {
    flag: 'oidc-client-id',
    variable: 'SLUICE_OIDC_CLIENT_ID',
    value: 'ID',
    text: 'audience that those tokens must name',
  },
  {
    flag: 'oidc-username-claim',
    variable: 'SLUICE_OIDC_USERNAME_CLAIM',
    value: 'CLAIM',
    text: 'claim with the name of the user (sub)',
  },
  {
    flag: 'oidc-username-prefix',
    variable: 'SLUICE_OIDC_USERNAME_PREFIX',
    value: 'TEXT',
    text: 'in front of the name, - for nothing (the issuer and #; nothing for the claim email)',
  },
  {
    flag: 'oidc-groups-claim',
    variable: 'SLUICE_OIDC_GROUPS_CLAIM',
    value: 'CLAIM',
    text: 'claim with the groups of the user (none)',
  },
  {
    flag: 'oidc-groups-prefix',
    variable: 'SLUICE_OIDC_GROUPS_PREFIX',
    value: 'TEXT',
    text: 'in front of each group (nothing)',
  },
  {
    flag: 'oidc-required-claim',
    variable: 'SLUICE_OIDC_REQUIRED_CLAIM',
    value: 'CLAIM=VALUE,…',
    text: 'claims that a token must have with these values (none)',
  },
  {
    flag: 'oidc-signing-algs',
    variable: 'SLUICE_OIDC_SIGNING_ALGS',
    value: 'NAMES',
    text: 'algorithms that a token may be signed with (RS256)',
  },
  {
    flag: 'oidc-ca-file',
    variable: 'SLUICE_OIDC_CA_FILE',
    value: 'FILE',
    text: "authority of the issuer's certificate (the machine's own)",
  },
  {
    flag: 'ca-file',
    variable: 'SLUICE_CA_FILE',
    value: 'FILE',
    text: "where the server writes its authority's certificate, for those who are to trust it (none)",
  },
  {
    flag: 'notification-token-file',
    variable: 'SLUICE_NOTIFICATION_TOKEN_FILE',
    value: 'FILE',
    text: 'token with which registries report pushes (made in the data directory)',
  },
  {
    flag: 'encryption-key-file',
    variable: 'SLUICE_ENCRYPTION_KEY_FILE',
    value: 'FILE',
    text: 'keys that secrets are sealed with (made in the data directory)',
  },
  {
    flag: 'allow-private-registries',
    variable: 'SLUICE_ALLOW_PRIVATE_REGISTRIES',
    text: 'false refuses registries on loopback, link-local and private addresses (true)',
  },
  {
    flag: 'deny-addresses',
    variable: 'SLUICE_DENY_ADDRESSES',
    value: 'CIDR,…',
    text: 'addresses that registries may not have, besides those that are always refused (none)',
  },
  {
    flag: 'allow-addresses',
    variable: 'SLUICE_ALLOW_ADDRESSES',
    value: 'CIDR,…',
    text: 'addresses that registries may have whatever else refuses them (none)',
  },
  {
    flag: 'registries-config',
    variable: 'SLUICE_REGISTRIES_CONFIG',
    value: 'FILE',
    text: 'mirrors, certificates, proxies and rates of single registries, YAML (none)',
  },
  {
    flag: 'trusted-realms',
    variable: 'SLUICE_TRUSTED_REALMS',
    value: 'REGISTRY=HOST,…',
    text: 'token servers of another name that may see the credentials of a registry (none)',
  },
  {
    flag: 'audit-log',
    variable: 'SLUICE_AUDIT_LOG',
    value: 'FILE|-',
    text: 'where it is written who did what, one JSON object a line; - is standard output (nowhere)',
  },
  {
    flag: 'log-level',
    variable: 'SLUICE_LOG_LEVEL',
    value: 'LEVEL',
    text: 'debug, info, warn or error (info)',
  },
  {
    flag: 'log-format',
    variable: 'SLUICE_LOG_FORMAT',
    value: 'json|pretty',
    text: 'pretty on a terminal, else json',
  },
  {
    flag: 'metrics-listen',
    variable: 'SLUICE_METRICS_LISTEN',
    value: 'HOST:PORT',
    text: 'where "sluice worker" serves /metrics, /livez and /readyz over plain HTTP (nowhere)',
  },
  {
    flag: 'queues',
    variable: 'SLUICE_QUEUES',
    value: 'NAMES',
    text: 'what "sluice worker" takes: import, schedule (both)',
  },
] as const satisfies readonly Setting[];

export type Flag = (typeof settings)[number]['flag'];
