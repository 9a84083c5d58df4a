/** The recorded requests and answers of OpenShift 4.13, one file a scenario, one line a request. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A JSON value that nothing is known of. */
// eslint-disable-next-line typescript/no-explicit-any
export type Json = any;

export interface Step {
  /** Number and name in the scenario; requests of one `oc` command are numbered behind `#`. */
  readonly step: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Json;
  readonly status: number;
  readonly response?: Json;
  /** The events of a watch. */
  readonly events?: readonly Json[];
  /** Of the answer, where it is not JSON. */
  readonly contentType?: string;
}

const folder = fileURLToPath(new URL('../../golden/openshift/', import.meta.url));

/** `02-create-get-list`, … in order. */
export function scenarioNames(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.ndjson'))
    .map((file) => file.slice(0, -'.ndjson'.length))
    .toSorted();
}

export function stepsOf(scenario: string): Step[] {
  return readFileSync(`${folder}${scenario}.ndjson`, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Step);
}
