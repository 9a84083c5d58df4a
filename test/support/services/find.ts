/** Where the programs that tests need come from: PATH and the usual places, else a container of a Docker engine. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A program that tests start, and how a machine gets it. */
export interface Requirement {
  /** Names under which it is installed, the preferred one first. */
  readonly binaries: readonly string[];
  /** Package of Debian and Ubuntu. */
  readonly aptPackage: string;
  /** Image that holds it, and the program's name in there. */
  readonly container: { readonly image: string; readonly entrypoint: string };
}

/** Every program that some test needs besides Node and PostgreSQL. */
export const requirements = {
  redis: {
    binaries: ['redis-server', 'valkey-server'],
    aptPackage: 'redis-server',
    container: { image: 'docker.io/library/redis:7.4', entrypoint: 'redis-server' },
  },
  registry: {
    binaries: ['docker-registry', 'registry'],
    aptPackage: 'docker-registry',
    container: { image: 'docker.io/library/registry:2.8.3', entrypoint: 'registry' },
  },
  skopeo: {
    binaries: ['skopeo'],
    aptPackage: 'skopeo',
    container: { image: 'quay.io/skopeo/stable:v1.16', entrypoint: 'skopeo' },
  },
  kubectl: {
    binaries: ['kubectl'],
    aptPackage: 'kubernetes-client',
    container: { image: 'registry.k8s.io/kubectl:v1.32.0', entrypoint: 'kubectl' },
  },
} as const satisfies Record<string, Requirement>;

export type RequirementName = keyof typeof requirements;

/** A way to run a program. */
export type Found =
  | { readonly kind: 'program'; readonly path: string }
  | { readonly kind: 'container'; readonly image: string; readonly entrypoint: string };

const usualPlaces = [
  '/usr/local/bin',
  '/usr/bin',
  '/usr/local/sbin',
  '/usr/sbin',
  '/bin',
  '/snap/bin',
];

/** The path of the first of these programs that stands on PATH or in a usual place. */
export function findProgram(
  names: readonly string[],
  path: string = process.env['PATH'] ?? '',
): string | undefined {
  const folders = [...path.split(delimiter).filter((folder) => folder !== ''), ...usualPlaces];
  for (const name of names)
    for (const folder of folders) {
      const candidate = join(folder, name);
      if (isExecutable(candidate)) return candidate;
    }
  return undefined;
}

/**
 * How to run a required program on this machine.
 * @throws {Error} when it is neither installed nor to be had as a container; names the package
 */
export function find(name: RequirementName): Found {
  const requirement = requirements[name];
  const path = findProgram(requirement.binaries);
  if (path !== undefined) return { kind: 'program', path };
  if (dockerAnswers()) return { kind: 'container', ...requirement.container };
  throw new Error(missingMessage(requirement));
}

/** What a person reads when a program is missing. */
export function missingMessage(requirement: Requirement): string {
  return (
    `${requirement.binaries.join(' or ')} is needed by the tests and was not found: ` +
    `install the package ${requirement.aptPackage} (apt-get install ${requirement.aptPackage}), ` +
    `or start a Docker engine that can run ${requirement.container.image}`
  );
}

let dockerAnswer: boolean | undefined;

/** Whether a Docker engine answers; asked once a process. */
export function dockerAnswers(): boolean {
  dockerAnswer ??= askDocker();
  return dockerAnswer;
}

function askDocker(): boolean {
  if (findProgram(['docker']) === undefined) return false;
  try {
    execFileSync('docker', ['info', '--format', '{{.ServerVersion}}'], {
      stdio: 'ignore',
      timeout: 10_000,
    });
    return true;
  } catch {
    return false;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
