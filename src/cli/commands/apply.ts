import type { KubeObject } from '#src/meta/object.ts';
import { StatusError } from '#src/meta/status.ts';
import type { ApiClient } from '../client.ts';
import { usageError } from '../errors.ts';
import { objectPath, readManifests, type ManifestObject } from '../manifests.ts';
import { qualifiedSingular } from '../resources.ts';
import type { CliCommand, Session } from '../session.ts';

interface ApplyFlags {
  readonly filename?: readonly string[];
  readonly dryRun?: string | boolean;
  readonly forceConflicts?: boolean;
  readonly fieldManager: string;
}

/** `apply -f FILE`: server-side apply, so that fields that others own are left alone. */
export const verb: CliCommand = {
  define(command, session) {
    command
      .option('-f, --filename <path>', 'file to apply, - for standard input', collect)
      .option('--dry-run [mode]', 'let the server check without storing (server)')
      .option('--force-conflicts', 'take over fields that others own')
      .option('--field-manager <name>', 'under which name the fields are owned', 'sluice-apply')
      .action((flags: ApplyFlags) => run(session, flags));
  },
};

async function run(session: Session, flags: ApplyFlags): Promise<void> {
  if (flags.filename === undefined) throw usageError('must specify -f');
  const api = session.api();
  const isDryRun = flags.dryRun !== undefined && flags.dryRun !== 'none';
  const query = new URLSearchParams({ fieldManager: flags.fieldManager });
  if (flags.forceConflicts === true) query.set('force', 'true');
  if (isDryRun) query.set('dryRun', 'All');
  for (const target of await readManifests(api, flags.filename, session.readFile)) {
    const before = await current(api, target);
    const after = await api.request({
      method: 'PATCH',
      path: `${objectPath(target)}?${query.toString()}`,
      contentType: 'application/apply-patch+yaml',
      body: target.object,
    });
    const name = `${qualifiedSingular(target.type)}/${target.object.metadata.name ?? ''}`;
    session.out(`${name} ${outcome(before, after)}${isDryRun ? ' (server dry run)' : ''}\n`);
  }
}

function outcome(before: KubeObject | undefined, after: KubeObject): string {
  if (before === undefined) return 'created';
  return before.metadata.resourceVersion === after.metadata.resourceVersion
    ? 'unchanged'
    : 'configured';
}

async function current(api: ApiClient, target: ManifestObject): Promise<KubeObject | undefined> {
  try {
    return await api.request({ method: 'GET', path: objectPath(target) });
  } catch (error) {
    if (error instanceof StatusError && error.status.reason === 'NotFound') return undefined;
    throw error;
  }
}

function collect(value: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), value];
}
