import { settings, type Flag, type Setting } from './settings.ts';

/**
 * Settings that the other command has no use for. It takes them all the same, so that one environment serves both.
 */
const useless: Readonly<Record<'serve' | 'worker', ReadonlySet<Flag>>> = {
  serve: new Set<Flag>(['metrics-listen', 'queues']),
  worker: new Set<Flag>([
    'listen',
    'controllers',
    'schedule-interval',
    'tls-cert',
    'tls-key',
    'tls-client-ca',
    'public-url',
    'access-token-lifetime',
    'watch-recheck',
    'admin-password-file',
    'requestheader-client-ca-file',
    'requestheader-allowed-names',
    'service-account-issuer',
    'service-account-max-token-expiration',
    'oidc-issuer-url',
    'oidc-client-id',
    'oidc-username-claim',
    'oidc-username-prefix',
    'oidc-groups-claim',
    'oidc-groups-prefix',
    'oidc-required-claim',
    'oidc-signing-algs',
    'oidc-ca-file',
    'ca-file',
    'notification-token-file',
    'audit-log',
  ]),
};

/** What to print for `--help`: the settings that the command has a use for. */
export function usage(command: 'serve' | 'worker'): string {
  const rows = settings
    .filter(({ flag }) => !useless[command].has(flag))
    .map((setting: Setting) => {
      const { flag, value, variable, text } = setting;
      return [
        `  --${flag}${value === undefined ? '' : ` ${value}`}`,
        `${text} [${variable}]`,
      ] as const;
    });
  const width = Math.max(...rows.map(([left]) => left.length));
  const lines = rows.map(([left, right]) => `${left.padEnd(width)}  ${right}`);
  return [`usage: sluice ${command} [flags]`, '', ...lines, ''].join('\n');
}
