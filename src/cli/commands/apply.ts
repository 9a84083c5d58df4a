import type { KubeObject } from '#src/meta/object.ts';
import { StatusError } from '#src/meta/status.ts';
import type { ApiClient } from '../client.ts';
import { usageError } from '../errors.ts';
import { objectPath, readManifests, type ManifestObject } from '../manifests.ts';
import { compactJson } from '../output/documents.ts';
import { qualifiedSingular, resourcePath } from '../resources.ts';
import type { CliCommand, Session } from '../session.ts';
import { threeWayPatch } from '../three-way.ts';

interface ApplyFlags {
  readonly filename?: readonly string[];
  readonly dryRun?: string | boolean;
  readonly serverSide?: boolean;
  readonly forceConflicts?: boolean;
  readonly fieldManager?: string;
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** `apply -f FILE`, as kubectl: client-side with the same annotation and manager, or `--server-side`. */
export const verb: CliCommand = {
  define(command, session) {
    command
      .option('-f, --filename <path>', 'file to apply, - for standard input', collect)
      .option('--dry-run [mode]', 'let the server check without storing (server)')
      .option('--server-side', 'let the server merge, by who owns each field')
      .option('--force-conflicts', 'with --server-side: take over fields that others own')
      .option('--field-manager <name>', 'under which name fields are owned')
      .action((flags: ApplyFlags) => run(session, flags));
  },
};

async function run(session: Session, flags: ApplyFlags): Promise<void> {
  if (flags.filename === undefined) throw usageError('must specify -f');
  const api = session.api();
  for (const target of await readManifests(api, flags.filename, session.readFile)) {
    const outcome =
      flags.serverSide === true
        ? await applyOnServer(api, target, flags)
        : await applyHere(api, target, flags);
    const name = `${qualifiedSingular(target.type)}/${target.object.metadata.name ?? ''}`;
    session.out(`${name} ${outcome}${isDryRun(flags) ? ' (server dry run)' : ''}\n`);
  }
}

async function applyOnServer(
  api: ApiClient,
  target: ManifestObject,
  flags: ApplyFlags,
): Promise<string> {
  await api.request({
    method: 'PATCH',
    path: `${objectPath(target)}?${query(flags, 'kubectl')}&force=${flags.forceConflicts === true}`,
    contentType: 'application/apply-patch+yaml',
    body: placed(target),
  });
  return 'serverside-applied';
}

async function applyHere(
  api: ApiClient,
  target: ManifestObject,
  flags: ApplyFlags,
): Promise<string> {
  const wanted = annotated(placed(target));
  const live = await current(api, target);
  const parameters = query(flags, 'kubectl-client-side-apply');
  if (live === undefined) {
    await api.request({
      method: 'POST',
      path: `${resourcePath(target.type, target.namespace)}?${parameters}`,
      body: wanted,
    });
    return 'created';
  }
  const patch = threeWayPatch({
    last: parsed(live.metadata.annotations?.[lastApplied]),
    wanted: fields(wanted),
    live: fields(live),
  });
  if (Object.keys(patch).length === 0) return 'unchanged';
  await api.request({
    method: 'PATCH',
    path: `${objectPath(target)}?${parameters}`,
    contentType: 'application/strategic-merge-patch+json',
    body: patch,
  });
  return 'configured';
}

/** The object of the file with the namespace that it goes to. */
function placed({ type, namespace, object }: ManifestObject): KubeObject {
  return type.namespaced ? { ...object, metadata: { ...object.metadata, namespace } } : object;
}

/** The object with itself in an annotation, so that the next apply knows what this one said. */
function annotated(object: KubeObject): KubeObject {
  const { [lastApplied]: _old, ...annotations } = object.metadata.annotations ?? {};
  const said = { ...object, metadata: { ...object.metadata, annotations } };
  return {
    ...object,
    metadata: {
      ...object.metadata,
      annotations: { ...annotations, [lastApplied]: `${compactJson(said)}\n` },
    },
  };
}

function fields(object: KubeObject): Readonly<Record<string, unknown>> {
  return { ...object };
}

function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

async function current(api: ApiClient, target: ManifestObject): Promise<KubeObject | undefined> {
  try {
    return await api.request({ method: 'GET', path: objectPath(target) });
  } catch (error) {
    if (error instanceof StatusError && error.status.reason === 'NotFound') return undefined;
    throw error;
  }
}

function query(flags: ApplyFlags, manager: string): string {
  const dryRun = isDryRun(flags) ? '&dryRun=All' : '';
  return `fieldManager=${encodeURIComponent(flags.fieldManager ?? manager)}${dryRun}`;
}

function isDryRun(flags: ApplyFlags): boolean {
  return flags.dryRun !== undefined && flags.dryRun !== 'none';
}

function collect(value: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), value];
}
