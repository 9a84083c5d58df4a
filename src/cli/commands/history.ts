import { CliError } from '../errors.ts';
import { formatted, withFormats } from '../output/formats.ts';
import type { CliCommand, Session } from '../session.ts';
import { readTagHistory } from '../stream-history.ts';
import { historyText, parseTagName } from '../tag-history.ts';

interface HistoryFlags {
  readonly output?: string;
}

/** `history STREAM:TAG`: every image that the tag has pointed at, newest first, with why and by whom it came there. */
export const verb: CliCommand = {
  define(command, session) {
    withFormats(command)
      .argument('<stream:tag>')
      .action((name: string, flags: HistoryFlags) => run(session, name, flags));
  },
};

async function run(session: Session, text: string, flags: HistoryFlags): Promise<void> {
  const name = parseTagName(text);
  const history = await readTagHistory(session, name);
  if (history.entries.length === 0)
    throw new CliError(
      `tag "${name.tag}" of image stream "${name.stream}" has no image yet; "sluice why ${text}" says what it waits for`,
    );
  if (flags.output === undefined) session.out(historyText(history, session.now()));
  else session.out(formatted(history.entries, flags.output));
}
