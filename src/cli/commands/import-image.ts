import { checkFormat, preferredObject } from '../output/print.ts';
import type { ImageStream, ImageStreamImport } from '#src/domain/types.ts';
import { StatusError } from '#src/meta/status.ts';
import { CliError } from '../errors.ts';
import {
  importRequest,
  parseImportTarget,
  type ImportFlags,
  type ImportTarget,
} from '../import-request.ts';
import { whileWaiting } from '../progress.ts';
import { importReport } from '../import-result.ts';
import { imagePath } from '../resources.ts';
import type { CliCommand, Session } from '../session.ts';

interface PrintedImportFlags extends ImportFlags {
  readonly output?: string;
  readonly showManagedFields?: boolean;
}

/** `import-image STREAM[:TAG]`, as `oc import-image`: asks the server and waits until it is done. */
export const verb: CliCommand = {
  define(command, session) {
    command
      .argument('[stream]', 'IMAGESTREAM[:TAG]')
      .option('--from <image>', 'pull spec to import')
      .option('--confirm', 'create the stream, or change what it imports')
      .option('--all', 'import every external tag, or the whole repository')
      .option('--scheduled', 'import again periodically')
      .option('--insecure', 'allow plain HTTP and unverified HTTPS')
      .option('--no-insecure', 'forbid them, whatever the stream says')
      .option('--reference-policy <type>', 'where to pull from: source or local')
      .option('--import-mode <mode>', 'Legacy (one platform) or PreserveOriginal (the whole index)')
      .option('--dry-run', 'ask the registry, store nothing')
      .option('-o, --output <format>', 'print the stream instead: name, json or yaml')
      .option('--show-managed-fields', 'with -o json or yaml: also who owns which field')
      .action((argument: string | undefined, flags: PrintedImportFlags) =>
        run(session, argument, flags),
      );
  },
};

async function run(
  session: Session,
  argument: string | undefined,
  flags: PrintedImportFlags,
): Promise<void> {
  const target = parseImportTarget(argument, flags);
  checkFormat(flags.output);
  const namespace = session.namespace();
  const { stream, result } = await importedOf(session, { target, flags, namespace });
  const report = importReport(result, session.now());
  session.err(report.err);
  session.out(
    flags.output === undefined
      ? report.out
      : preferredObject(stream ?? result.status.import ?? result, flags.output, flags),
  );
  if (report.failed) throw new CliError('imported completed with errors');
}

/** Of an import that others are always faster with. */
const maxAttempts = 4;

interface Asked {
  readonly target: ImportTarget;
  readonly flags: ImportFlags;
  readonly namespace: string;
}

/**
 * Asks for the import. When the stream is written meanwhile, by the import of another tag say, it is read again and asked
 * for anew.
 */
async function importedOf(
  session: Session,
  { target, flags, namespace }: Asked,
): Promise<{ readonly stream: ImageStream | undefined; readonly result: ImageStreamImport }> {
  for (let attempt = 1; ; attempt += 1) {
    const stream = await readStream(session, imagePath('imagestreams', namespace, target.stream));
    const body = importRequest(target, stream, flags, namespace);
    const path = imagePath('imagestreamimports', namespace);
    try {
      const result = await whileWaiting(session, `importing ${whatOf(body)}`, () =>
        session.api().request<ImageStreamImport>({ method: 'POST', path, body }),
      );
      return { stream, result };
    } catch (error) {
      const isOvertaken = error instanceof StatusError && error.status.reason === 'Conflict';
      if (!isOvertaken || attempt === maxAttempts) throw error;
    }
  }
}

/** `3 images`, `quay.io/org/app:1`, `all tags of quay.io/org/app` */
function whatOf({ spec }: Pick<ImageStreamImport, 'spec'>): string {
  if (spec.repository !== undefined) return `all tags of ${spec.repository.from.name ?? ''}`;
  const [first, ...others] = spec.images ?? [];
  return others.length === 0 ? (first?.from.name ?? '') : `${others.length + 1} images`;
}

async function readStream(session: Session, path: string): Promise<ImageStream | undefined> {
  try {
    return await session.api().request<ImageStream>({ method: 'GET', path });
  } catch (error) {
    if (error instanceof StatusError && error.status.reason === 'NotFound') return undefined;
    throw error;
  }
}
