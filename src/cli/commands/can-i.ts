import { defineCanI } from '../policy/can-i.ts';
import type { CliCommand } from '../session.ts';

/** `can-i VERB RESOURCE`: whether the caller may do something. */
export const verb: CliCommand = { define: defineCanI };
