import { closest } from '#src/lib/closest.ts';
import { withoutCredentials } from '#src/lib/redact.ts';

import { settings, type Flag, type Setting } from './settings.ts';
import { ConfigError, type Environment, type Given, type Values } from './values.ts';

/**
 * What was said of every setting. Flags win over variables; an empty variable counts as not set.
 * @throws {ConfigError} for an argument that is no flag, or a flag without its value
 */
export function givenSettings(args: readonly string[], environment: Environment): Values {
  return new Map([...variablesIn(environment), ...flagsIn(args)]);
}

function variablesIn(environment: Environment): [Flag, Given][] {
  return settings.flatMap(({ flag, variable }): [Flag, Given][] => {
    const value = environment[variable] ?? '';
    return value === '' ? [] : [[flag, { source: variable, value }]];
  });
}

function flagsIn(args: readonly string[]): [Flag, Given][] {
  const given: [Flag, Given][] = [];
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [, name = '', inline] = /^--([a-z-]+)(?:=(.*))?$/s.exec(arg) ?? [];
    const setting: Setting | undefined = settings.find(({ flag }) => flag === name);
    if (setting === undefined) throw unknown(arg);
    const needsValue = setting.value !== undefined;
    const isNext = inline === undefined && (needsValue || isBoolean(rest[0]));
    const value = inline ?? (isNext ? rest.shift() : 'true');
    if (value === undefined)
      throw new ConfigError(`--${name} needs a value: ${setting.value ?? ''}`);
    given.push([name as Flag, { source: `--${name}`, value }]);
  }
  return given;
}

/** The value of a mistyped flag may be a secret, and is not repeated. */
function unknown(arg: string): ConfigError {
  const [word = ''] = withoutCredentials(arg).split('=', 1);
  const meant = closest(
    word,
    settings.map(({ flag }) => `--${flag}`),
  );
  const hint = meant === undefined ? '--help lists the flags' : `did you mean ${meant}?`;
  return new ConfigError(`unknown argument ${JSON.stringify(word)}; ${hint}`);
}

function isBoolean(text: string | undefined): boolean {
  return text === 'true' || text === 'false';
}
