import type {
  ServiceAccountSource,
  ServiceAccountTokens,
  Subject,
} from '#src/apiserver/authenticate/service-account-tokens.ts';
import type { RequestContext, Subresource } from '#src/apiserver/resource.ts';
import { rfc3339 } from '#src/lib/clock.ts';
import { invalid, type FieldError } from '#src/meta/field-error.ts';
import type { KubeObject } from '#src/meta/object.ts';
import { definition, int64, listOf, string, time } from '#src/meta/schema-builders.ts';
import { badRequest, conflict, notFound, refuseInvalid, StatusError } from '#src/meta/status.ts';

import { kindSchema } from '../schema/meta.ts';

const kind = { group: 'authentication.k8s.io', kind: 'TokenRequest' };
const prefix = 'io.k8s.api.authentication.v1';

/** What a token is bound to besides its account. */
interface BoundObjectReference {
  kind?: string;
  apiVersion?: string;
  name?: string;
  uid?: string;
}

/** authentication.k8s.io/v1 TokenRequest. */
interface TokenRequest extends KubeObject {
  spec?: {
    audiences?: string[] | null;
    expirationSeconds?: number | null;
    boundObjectRef?: BoundObjectReference | null;
  };
}

/** What makes the tokens of service accounts. */
export interface TokenRequestDeps {
  readonly tokens: ServiceAccountTokens;
  readonly source: ServiceAccountSource;
  /** Longer lives are cut to it. */
  readonly maxLifetimeMs: number;
}

const defaultSeconds = 3_600;
const minSeconds = 600;

/** `serviceaccounts/token`: POST makes a token of an account (`kubectl create token`). */
export function serviceAccountToken({
  tokens,
  source,
  maxLifetimeMs,
}: TokenRequestDeps): Subresource {
  return {
    name: 'token',
    kind: kind.kind,
    group: kind.group,
    version: 'v1',
    schema: tokenRequestSchema,
    rest: {
      async create(context, object, { dryRun }) {
        const request = object as TokenRequest;
        const { namespace, name = '' } = context;
        requireSameName(request, context);
        const asked = request.spec?.expirationSeconds ?? defaultSeconds;
        refuseInvalid(kind, name, expirationErrors(asked));
        const uid = await source.accountUid({ namespace, name });
        if (uid === undefined)
          throw new StatusError(notFound({ group: '', resource: 'serviceaccounts' }, name));
        const given = request.spec?.audiences ?? [];
        const audiences = given.length === 0 ? [tokens.defaultAudience] : given;
        const boundObjectRef = request.spec?.boundObjectRef ?? null;
        const secret = await boundSecret(source, namespace, boundObjectRef);
        const subject: Subject = { namespace, name, uid, ...secret };
        const expirationSeconds = Math.min(asked, Math.floor(maxLifetimeMs / 1000));
        const { token, expiresAtMs } = await tokens.issue(subject, audiences, expirationSeconds);
        return {
          kind: kind.kind,
          apiVersion: `${kind.group}/v1`,
          metadata: { name, namespace, creationTimestamp: null },
          spec: { audiences, expirationSeconds, boundObjectRef },
          status: {
            token: dryRun ? '' : token,
            expirationTimestamp: rfc3339(expiresAtMs),
          },
        } as KubeObject;
      },
    },
  };
}

function requireSameName({ metadata }: TokenRequest, { namespace, name }: RequestContext): void {
  if (![undefined, '', name].includes(metadata.name))
    throw new StatusError(badRequest('the name of the object does not match the name on the URL'));
  if (![undefined, '', namespace].includes(metadata.namespace))
    throw new StatusError(
      badRequest(
        'the namespace of the provided object does not match the namespace sent on the request',
      ),
    );
}

function expirationErrors(seconds: unknown): FieldError[] {
  const field = 'spec.expirationSeconds';
  if (typeof seconds !== 'number' || !Number.isInteger(seconds))
    return [invalid(field, seconds, 'must be a whole number of seconds')];
  if (seconds < minSeconds)
    return [invalid(field, seconds, 'may not specify a duration less than 10 minutes')];
  if (seconds > 2 ** 32)
    return [invalid(field, seconds, 'may not specify a duration larger than 2^32 seconds')];
  return [];
}

async function boundSecret(
  source: ServiceAccountSource,
  namespace: string,
  reference: BoundObjectReference | null,
): Promise<Pick<Subject, 'secret'>> {
  if (reference === null) return {};
  const { kind: boundKind = '', apiVersion = '', name = '', uid: expected = '' } = reference;
  if (boundKind !== 'Secret' || apiVersion !== 'v1')
    throw new StatusError(
      badRequest(`cannot bind token to object of type ${apiVersion}, Kind=${boundKind}`),
    );
  const secrets = { group: '', resource: 'secrets' };
  const uid = await source.secretUid(namespace, name);
  if (uid === undefined) throw new StatusError(notFound(secrets, name));
  if (expected !== '' && expected !== uid)
    throw new StatusError(
      conflict(
        { group: '', resource: 'Secret' },
        name,
        `the UID in the bound object reference (${expected}) does not match the UID in record. The object might have been deleted and then recreated`,
      ),
    );
  return { secret: { name, uid } };
}

const tokenRequestSchema = kindSchema(`${prefix}.TokenRequest`, 'Asks for a token.', {
  spec: definition(`${prefix}.TokenRequestSpec`, 'What the token is to be like.', {
    audiences: listOf(string(), 'For whom the token is; for this server when absent.'),
    expirationSeconds: int64('Seconds for which it is to be good, 600 at least.'),
    boundObjectRef: definition(
      `${prefix}.BoundObjectReference`,
      'An object without which the token is of no use.',
      {
        kind: string('Secret.'),
        apiVersion: string('v1.'),
        name: string('Name of the object.'),
        uid: string('Unique id of the object.'),
      },
    ),
  }),
  status: definition(`${prefix}.TokenRequestStatus`, 'The token.', {
    token: string('The token.'),
    expirationTimestamp: time('When it ends.'),
  }),
});
