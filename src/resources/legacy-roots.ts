import type { LegacyRoot } from '#src/apiserver/http/request-info.ts';
import { imageGroup } from '#src/domain/types.ts';

/** Where OpenShift 3 served images and streams, as `/oapi/v1/…` and with `apiVersion: v1`. */
export const legacyRoots: readonly LegacyRoot[] = [{ root: 'oapi', group: imageGroup }];
