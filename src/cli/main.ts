import { readFile } from 'node:fs/promises';
import { Command, CommanderError } from 'commander';
import { createApiClient, type ApiClient } from './client.ts';
import { commands } from './command-list.ts';
import { exitCodeOf, printError } from './failure.ts';
import { loadConnection, type ConnectionFlags } from './kubeconfig.ts';
import type { Session } from './session.ts';

const version = '0.1.0';

/** The verb of a command line: the first argument that is neither a flag nor the value of a global flag. */
export function verbOf(args: readonly string[], program: Command): string | undefined {
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? '';
    if (!arg.startsWith('-')) return arg;
    const option = program.options.find((each) => each.short === arg || each.long === arg);
    if (option?.required === true) index += 1;
  }
  return undefined;
}

/** The program with its global flags and one entry a verb; only the verb that is used is loaded. */
export async function buildProgram(
  args: readonly string[],
  session: (program: Command) => Session,
): Promise<Command> {
  const program = new Command('sluice')
    .description('OpenShift image streams for any container platform')
    .version(version)
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
  const wanted = verbOf(args, program);
  for (const entry of commands) {
    const child = program.command(entry.name).summary(entry.summary).description(entry.summary);
    if (entry.name !== wanted) continue;
    const { verb } = await entry.load();
    verb.define(child, session(program));
  }
  return program;
}

/** Runs one command line and answers the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const stop = new AbortController();
  const onInterrupt = (): void => stop.abort();
  process.once('SIGINT', onInterrupt);
  let client: ApiClient | undefined;
  let wanted = '';

  function sessionOf(program: Command): Session {
    const api = (): ApiClient => {
      client ??= createApiClient(
        loadConnection(program.opts<ConnectionFlags>(), { cwd: process.cwd(), env: process.env }),
        (warning) => process.stderr.write(`Warning: ${warning}\n`),
      );
      return client;
    };
    return {
      api,
      namespace: () => api().connection.namespace,
      out: (text) => void process.stdout.write(text),
      err: (text) => void process.stderr.write(text),
      readFile: (path) => (path === '-' ? readStandardInput() : readFile(path, 'utf8')),
      now: () => Date.now(),
      signal: stop.signal,
    };
  }

  try {
    const program = await buildProgram(args, sessionOf);
    wanted = verbOf(args, program) ?? '';
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    if (stop.signal.aborted) return 130;
    if (!(error instanceof CommanderError))
      printError(error, wanted, (text) => void process.stderr.write(text));
    return exitCodeOf(error);
  } finally {
    process.off('SIGINT', onInterrupt);
    client?.close();
  }
}

async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
