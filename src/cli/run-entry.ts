import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { CliError } from './errors.ts';

/**
 * Makes a command that is a process of its own (`workers/⟨entry⟩`): all its arguments are passed on, and so are the
 * signals that ask it to stop. `bin/sluice` replaces itself by the process and never comes here.
 */
export function defineProcessCommand(command: Command, entry: string): void {
  command
    .argument('[args...]')
    .allowUnknownOption()
    .helpOption(false)
    .action((args: string[]) => runEntry(entry, args));
}

async function runEntry(entry: string, args: readonly string[]): Promise<void> {
  const path = fileURLToPath(new URL(`../../workers/${entry}`, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], { stdio: 'inherit' });
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on('SIGTERM', forward).on('SIGINT', forward);
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.once('error', reject).once('exit', (code) => resolve(code ?? 1));
  const code = await promise;
  if (code !== 0) throw new CliError(`the process ended with exit code ${code}`);
}
