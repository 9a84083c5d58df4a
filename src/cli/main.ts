import { readFile } from 'node:fs/promises';
import { createApiClient, type ApiClient } from './client.ts';
import { CliError } from './errors.ts';
import { loadConnection } from './kubeconfig.ts';
import { terminalOutput } from './progress.ts';
import { runCommandLine } from './run.ts';

/** The program: a command line of this process, with its files, environment and terminal. */
async function main(): Promise<void> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  // Whoever reads the output has seen enough (`sluice get is | head`).
  process.stdout.once('error', () => process.exit(0));
  const output = terminalOutput({ out: process.stdout, err: process.stderr }, process.env, () =>
    Date.now(),
  );
  let client: ApiClient | undefined;
  process.exitCode = await runCommandLine(process.argv.slice(2), (flags) => {
    const api = (): ApiClient => {
      client ??= createApiClient(
        loadConnection(flags(), { cwd: process.cwd(), env: process.env }),
        (warning) => output.err(`Warning: ${warning}\n`),
      );
      return client;
    };
    return {
      api,
      namespace: () => api().connection.namespace,
      ...output,
      flags,
      edit: async (text) => (await import('./editor.ts')).editText(text, process.env),
      changeKubeconfig: async (change) => {
        const file = await import('./kubeconfig-file.ts');
        const path = file.kubeconfigToChange(flags(), { cwd: process.cwd(), env: process.env });
        await file.changeKubeconfig(path, change);
      },
      readFile: (path) => (path === '-' ? readStandardInput() : readNamed(path)),
      ask: async (question, { isSecret = false } = {}) => {
        const { ask } = await import('./prompt.ts');
        return ask({ input: process.stdin, output: process.stderr }, question, isSecret);
      },
      now: () => Date.now(),
      signal: stop.signal,
    };
  });
  client?.close();
}

async function readNamed(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') throw new CliError(`the path "${path}" does not exist`);
    throw new CliError(`cannot read "${path}": ${String(code)}`);
  }
}

async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

await main();
