import type { KubeObject } from '#src/meta/object.ts';
import { StatusError } from '#src/meta/status.ts';
import type { ApiClient } from '../client.ts';
import {
  dryRunOf,
  dryRunSuffix,
  requestQuery,
  withDryRun,
  type DryRun,
  type DryRunFlags,
} from '../dry-run.ts';
import { CliError, usageError } from '../errors.ts';
import { repeated } from '../flags.ts';
import { objectPath, placed, readManifests, type ManifestObject } from '../manifests.ts';
import { compactJson } from '../output/documents.ts';
import { qualifiedSingular, resourcePath } from '../resources.ts';
import type { CliCommand, Session } from '../session.ts';
import { threeWayPatch } from '../three-way.ts';

interface ApplyFlags extends DryRunFlags {
  readonly filename?: readonly string[];
  readonly serverSide?: boolean;
  readonly forceConflicts?: boolean;
  readonly fieldManager?: string;
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** `apply -f FILE`, as kubectl: client-side with the same annotation and manager, or `--server-side`. */
export const verb: CliCommand = {
  define(command, session) {
    withDryRun(command)
      .option('-f, --filename <path>', 'file to apply, - for standard input', repeated)
      .option('--server-side', 'let the server merge, by who owns each field')
      .option('--force-conflicts', 'with --server-side: take over fields that others own')
      .option('--field-manager <name>', 'under which name fields are owned')
      .action((flags: ApplyFlags) => run(session, flags));
  },
};

async function run(session: Session, flags: ApplyFlags): Promise<void> {
  if (flags.filename === undefined) throw usageError('must specify -f');
  const dryRun = dryRunOf(flags, session);
  if (dryRun === 'client' && flags.serverSide === true)
    throw new CliError(
      "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)",
    );
  const api = session.api();
  for (const target of await readManifests(api, flags.filename, session.readFile)) {
    const outcome =
      flags.serverSide === true
        ? await applyOnServer(api, target, flags, dryRun)
        : await applyHere(api, target, flags, dryRun);
    const name = `${qualifiedSingular(target.type)}/${target.object.metadata.name ?? ''}`;
    session.out(`${name} ${outcome}${dryRunSuffix(dryRun)}\n`);
  }
}

async function applyOnServer(
  api: ApiClient,
  target: ManifestObject,
  flags: ApplyFlags,
  dryRun: DryRun,
): Promise<string> {
  await api.request({
    method: 'PATCH',
    path: `${objectPath(target)}${requestQuery(dryRun, {
      fieldManager: flags.fieldManager ?? 'kubectl',
      force: String(flags.forceConflicts === true),
    })}`,
    contentType: 'application/apply-patch+yaml',
    body: placed(target),
  });
  return 'serverside-applied';
}

async function applyHere(
  api: ApiClient,
  target: ManifestObject,
  flags: ApplyFlags,
  dryRun: DryRun,
): Promise<string> {
  const wanted = annotated(placed(target));
  const live = await current(api, target);
  const parameters = requestQuery(dryRun, {
    fieldManager: flags.fieldManager ?? 'kubectl-client-side-apply',
  });
  if (live === undefined) {
    if (dryRun !== 'client')
      await api.request({
        method: 'POST',
        path: `${resourcePath(target.type, target.namespace)}${parameters}`,
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
  if (dryRun !== 'client')
    await api.request({
      method: 'PATCH',
      path: `${objectPath(target)}${parameters}`,
      contentType: 'application/strategic-merge-patch+json',
      body: patch,
    });
  return 'configured';
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
