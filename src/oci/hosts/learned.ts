import type { IncomingHttpHeaders } from 'node:http';

import type { HostProfile } from './config.ts';
import type { HostMemory } from './memory.ts';
import { standardProfile } from './profiles.ts';
import { softwareOf, softwareProfile } from './software.ts';

/** Of whom a profile is wanted. */
export interface Profiled {
  /** By the registry's name and configuration. */
  readonly profile: HostProfile;
  /** What was configured, where the name says nothing and answers may say more; undefined where it does. */
  readonly configured: Partial<HostProfile> | undefined;
  /** What lessons about the registry's software are kept under. */
  readonly softwareKey: string;
}

/** Profiles of registries that are known by their answers only. */
export class LearnedProfiles {
  readonly #memory: HostMemory;

  constructor(memory: HostMemory) {
    this.#memory = memory;
  }

  of({ profile, configured, softwareKey }: Profiled): HostProfile {
    if (configured === undefined) return profile;
    const { software, ignoresConditions } = this.#memory.get(softwareKey);
    if (software === undefined || software === null) return profile;
    return {
      ...standardProfile,
      ...softwareProfile(software),
      ...(ignoresConditions === true && { tagCheck: 'head' }),
      ...configured,
    };
  }

  /**
   * Looks at the first answer with content.
   * @param challengeKey what the registry's challenge is remembered under
   */
  recognise(headers: IncomingHttpHeaders, challengeKey: string, profiled: Profiled): void {
    const { configured, softwareKey } = profiled;
    if (configured === undefined || this.#memory.get(softwareKey).software !== undefined) return;
    const software = softwareOf(headers, this.#memory.get(challengeKey).challenge);
    this.#memory.learn(softwareKey, { software: software ?? null });
  }

  /** The registry sent what was known already. */
  ignoresConditions({ softwareKey }: Profiled): void {
    this.#memory.learn(softwareKey, { ignoresConditions: true });
  }
}
