import { setTimeout as sleep } from 'node:timers/promises';
import { StatusError } from '#src/meta/status.ts';
import { dryRunOf, dryRunSuffix, withDryRun, type DryRun, type DryRunFlags } from '../dry-run.ts';
import { CliError, usageError } from '../errors.ts';
import { repeated } from '../flags.ts';
import { listObjects } from '../list-objects.ts';
import { readManifests } from '../manifests.ts';
import {
  parseSelections,
  qualifiedSingular,
  resourcePath,
  type ResourceType,
} from '../resources.ts';
import type { CliCommand, Session } from '../session.ts';

interface DeleteFlags extends DryRunFlags {
  readonly filename?: readonly string[];
  readonly selector?: string;
  readonly all?: boolean;
  readonly ignoreNotFound?: boolean;
  /** False with `--no-wait` and `--wait=false`. */
  readonly wait: boolean;
}

interface Target {
  readonly type: ResourceType;
  readonly namespace: string;
  readonly name: string;
}

const waitMs = 30_000;
const pollMs = 100;

export const verb: CliCommand = {
  define(command, session) {
    withDryRun(command)
      .usage('TYPE NAME ... | TYPE/NAME ... | TYPE -l SELECTOR | TYPE --all | -f FILE')
      .argument('[args...]')
      .option('-f, --filename <path>', 'delete the objects of a file', repeated)
      .option('-l, --selector <selector>', 'delete the objects with these labels')
      .option('--all', 'delete all objects of the type')
      .option('--ignore-not-found', 'succeed where an object is missing')
      .option('--no-wait', 'do not wait until the objects are gone')
      .action((args: string[], flags: DeleteFlags) => run(session, args, flags));
  },
};

async function run(session: Session, args: readonly string[], flags: DeleteFlags): Promise<void> {
  const dryRun = dryRunOf(flags, session);
  const found = await targets(session, args, flags);
  if (found.length === 0) session.out('No resources found\n');
  for (const target of found) {
    const path = resourcePath(target.type, target.namespace, target.name);
    const exists = dryRun === 'client' || (await remove(session, path, { flags, dryRun }));
    if (!exists) continue;
    const subject = `${qualifiedSingular(target.type)} "${target.name}"`;
    session.out(`${subject} deleted${dryRunSuffix(dryRun)}\n`);
    if (flags.wait && dryRun === 'none') await waitUntilGone(session, path);
  }
}

async function targets(
  session: Session,
  args: readonly string[],
  flags: DeleteFlags,
): Promise<Target[]> {
  const api = session.api();
  if (flags.filename !== undefined) {
    const objects = await readManifests(api, flags.filename, session.readFile);
    return objects.map(({ type, namespace, object }) => ({
      type,
      namespace,
      name: object.metadata.name ?? '',
    }));
  }
  const namespace = session.namespace();
  const found: Target[] = [];
  for (const { type, names } of await parseSelections(api, args)) {
    if (names.length === 0 && flags.selector === undefined && flags.all !== true)
      throw usageError('resource(s) were provided, but no name was specified');
    const wanted = names.length > 0 ? names : await namesOf(session, type, flags);
    found.push(...wanted.map((name) => ({ type, namespace, name })));
  }
  return found;
}

async function namesOf(
  session: Session,
  type: ResourceType,
  flags: DeleteFlags,
): Promise<string[]> {
  const objects = await listObjects(session.api(), resourcePath(type, session.namespace()), {
    labels: flags.selector,
  });
  return objects.map((object) => object.metadata.name ?? '');
}

/** False where the object was missing and that is allowed. */
async function remove(
  session: Session,
  path: string,
  { flags, dryRun }: { readonly flags: DeleteFlags; readonly dryRun: DryRun },
): Promise<boolean> {
  const options = dryRun === 'server' ? { dryRun: ['All'] } : {};
  const body = { ...options, propagationPolicy: 'Background' };
  try {
    await session.api().request({ method: 'DELETE', path, body });
    return true;
  } catch (error) {
    if (flags.ignoreNotFound === true && isNotFound(error)) return false;
    throw error;
  }
}

async function waitUntilGone(session: Session, path: string): Promise<void> {
  const deadline = session.now() + waitMs;
  for (;;) {
    try {
      await session.api().request({ method: 'GET', path });
    } catch (error) {
      if (isNotFound(error)) return;
      throw error;
    }
    if (session.now() > deadline) throw new CliError('timed out waiting for the object to go');
    await sleep(pollMs, undefined, { signal: session.signal });
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof StatusError && error.status.reason === 'NotFound';
}
