import { whyText } from '../describe/why.ts';
import { formatted, withFormats } from '../output/formats.ts';
import type { CliCommand, Session } from '../session.ts';
import { readTagHistory } from '../stream-history.ts';
import { parseTagName } from '../tag-history.ts';

interface WhyFlags {
  readonly output?: string;
}

/** `why STREAM:TAG`: why the tag is where it is, what was last seen upstream, and what it waits for. */
export const verb: CliCommand = {
  define(command, session) {
    withFormats(command)
      .argument('<stream:tag>')
      .action((name: string, flags: WhyFlags) => run(session, name, flags));
  },
};

async function run(session: Session, text: string, flags: WhyFlags): Promise<void> {
  const history = await readTagHistory(session, parseTagName(text));
  if (flags.output === undefined) session.out(whyText(text, history, session.now()));
  else session.out(formatted(history, flags.output));
}
