import { Command, CommanderError, type Option } from 'commander';
import product from '../../package.json' with { type: 'json' };
import { commands } from './command-list.ts';
import { exitCodeOf, printError } from './failure.ts';
import type { ConnectionFlags } from './kubeconfig.ts';
import type { Session } from './session.ts';

/**
 * Runs one command line and answers its exit code: 0, 1 when it failed, 2 when it is wrong.
 * @param session made once the global flags are known
 */
export async function runCommandLine(
  args: readonly string[],
  session: (flags: () => ConnectionFlags) => Session,
): Promise<number> {
  const program = newProgram();
  const { err, out, ...rest } = session(() => program.opts<ConnectionFlags>());
  const wanted = verbOf(args, program);
  const knownVerb = commands.some(({ name }) => name === wanted) ? ` ${wanted ?? ''}` : '';
  try {
    program.configureOutput({
      writeOut: out,
      writeErr: err,
      outputError: (text, write) => write(`${text}See 'sluice${knownVerb} --help' for usage.\n`),
    });
    for (const entry of commands) {
      const child = program
        .command(entry.name, { hidden: entry.hidden === true })
        .summary(entry.summary)
        .description(entry.summary);
      if (entry.name !== wanted) continue;
      const { verb } = await entry.load();
      verb.define(child, { err, out, ...rest });
    }
    await program.parseAsync(withoutBooleanValues(args, program), { from: 'user' });
    return 0;
  } catch (error) {
    if (rest.signal.aborted) return 130;
    // commander has printed its own.
    if (!(error instanceof CommanderError)) printError(error, wanted ?? '', err);
    return exitCodeOf(error);
  }
}

function newProgram(): Command {
  return new Command('sluice')
    .description('OpenShift image streams for any container platform')
    .version(product.version)
    .option('-n, --namespace <name>', 'namespace of the request')
    .option('--kubeconfig <path>', 'kubeconfig file to use')
    .option('--context <name>', 'context of the kubeconfig to use')
    .option('-s, --server <url>', 'address of the API server')
    .option('--token <token>', 'bearer token for the API server')
    .option('--certificate-authority <path>', 'CA certificate of the API server')
    .option('--insecure-skip-tls-verify', "do not check the server's certificate")
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .showSuggestionAfterError();
}

/** `--flag=true` and `--flag=false`, which Go's flags allow, as `--flag` and `--no-flag` (or nothing). */
function withoutBooleanValues(args: readonly string[], program: Command): string[] {
  const flags = new Set(
    optionsOf(program)
      .filter((option) => !option.required && !option.optional)
      .map((option) => option.long),
  );
  return args.flatMap((arg) => {
    const [, name = '', text = ''] = /^--([^=]+)=(.*)$/.exec(arg) ?? [];
    if (!flags.has(`--${name}`) && !flags.has(`--no-${name}`)) return [arg];
    const value = booleans[text.toLowerCase()];
    if (value === undefined)
      program.error(
        `error: invalid argument "${text}" for "--${name}" flag: strconv.ParseBool: parsing "${text}": invalid syntax`,
      );
    const wanted = value ? `--${name}` : `--no-${name}`;
    return flags.has(wanted) ? [wanted] : [];
  });
}

const booleans: Readonly<Record<string, boolean>> = {
  '1': true,
  t: true,
  true: true,
  '0': false,
  f: false,
  false: false,
};

function optionsOf(command: Command): Option[] {
  return [...command.options, ...command.commands.flatMap((child) => optionsOf(child))];
}

/** The verb of a command line: the first argument that is neither a flag nor the value of a global flag. */
function verbOf(args: readonly string[], program: Command): string | undefined {
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? '';
    if (!arg.startsWith('-')) return arg;
    const option = program.options.find((each) => each.short === arg || each.long === arg);
    if (option?.required === true) index += 1;
  }
  return undefined;
}
