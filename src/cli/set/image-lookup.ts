import { mergePatch } from '#src/meta/merge-patch.ts';
import type { JsonValue } from '#src/meta/json.ts';
import type { KubeObject } from '#src/meta/object.ts';
import { dryRunOf, dryRunSuffix, requestQuery, type DryRun, type DryRunFlags } from '../dry-run.ts';
import { checkFormat, preferredObject, qualifiedName } from '../output/print.ts';
import { alignColumns } from '../output/table.ts';
import type { Session } from '../session.ts';
import { lookupOf, lookupPatch } from './lookup.ts';
import { targetsOf, type LookupTarget, type TargetFlags } from './lookup-targets.ts';

export interface LookupFlags extends TargetFlags, DryRunFlags {
  readonly enabled: boolean;
  readonly list?: boolean;
  readonly output?: string;
}

/** `set image-lookup`: switches the lookup of names among image streams, or lists where it is on. */
export async function setImageLookup(
  session: Session,
  names: readonly string[],
  flags: LookupFlags,
): Promise<void> {
  checkFormat(flags.output);
  const dryRun = dryRunOf(flags, session);
  const targets = await targetsOf(session, names, flags);
  const namesNothing =
    names.length === 0 &&
    flags.all !== true &&
    flags.selector === undefined &&
    flags.filename === undefined;
  const lists = flags.list === true || namesNothing;
  if (lists && flags.output === undefined) session.out(listText(targets));
  else for (const target of targets) await change(session, target, flags, dryRun);
}

function listText(targets: readonly LookupTarget[]): string {
  const rows = targets.map(({ object }) => [
    object.kind === 'ImageStream' ? (object.metadata.name ?? '') : qualifiedName(object),
    String(lookupOf(object)),
  ]);
  return alignColumns([['NAME', 'LOCAL'], ...rows], { gap: 2 });
}

async function change(
  session: Session,
  { object, path }: LookupTarget,
  { enabled, output, local }: LookupFlags,
  dryRun: DryRun,
): Promise<void> {
  const subject = qualifiedName(object);
  const isChanged = lookupOf(object) !== enabled;
  if (!isChanged && output === undefined) return;
  const body = lookupPatch(object, enabled);
  const isSent = isChanged && local !== true && dryRun !== 'client';
  const changed = isSent
    ? await session.api().request({
        method: 'PATCH',
        path: `${path}${requestQuery(dryRun, { fieldManager: 'kubectl-set' })}`,
        contentType: 'application/strategic-merge-patch+json',
        body,
      })
    : patched(object, body);
  session.out(
    output === undefined
      ? `${subject} image lookup updated${dryRunSuffix(dryRun)}\n`
      : preferredObject(changed, output, { nameOf: () => subject }),
  );
}

/** Nothing in the patch is a list, so that both kinds of merge patch say the same. */
function patched(object: KubeObject, patch: object): KubeObject {
  return mergePatch(object as unknown as JsonValue, patch as JsonValue) as unknown as KubeObject;
}
