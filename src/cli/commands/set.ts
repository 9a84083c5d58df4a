import { withDryRun } from '../dry-run.ts';
import { repeated } from '../flags.ts';
import type { CliCommand } from '../session.ts';
import { setImageLookup, type LookupFlags } from '../set/image-lookup.ts';

/** `set image-lookup`, as `oc set image-lookup`. */
export const verb: CliCommand = {
  define(command, session) {
    withDryRun(command.command('image-lookup'))
      .description('Let pods use image streams by their names')
      .argument('[names...]', 'image streams, or TYPE/NAME; without any, the streams are listed')
      .option('--no-enabled', 'switch off (also --enabled=false)')
      .option('--all', 'all image streams of the namespace')
      .option('--list', 'list instead of changing')
      .option('-l, --selector <selector>', 'image streams with these labels')
      .option('-f, --filename <path>', 'the objects of a file, - for standard input', repeated)
      .option('--local', 'change what the file says, ask no server')
      .option('-o, --output <format>', 'print the objects: name, json or yaml')
      .action((names: string[], flags: LookupFlags) => setImageLookup(session, names, flags));
  },
};
