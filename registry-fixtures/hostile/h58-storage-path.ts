import { misbehaveOnManifests, misdeed } from './serve.ts';

/** Where the registry keeps its files. */
export const storagePath = '/var/lib/registry/docker/registry/v2/repositories/acme/app/_manifests';

/** As registry:2 answers when its disk fails. */
export const storagePathInError = misdeed(58, '500 with a path of the storage in it', async () =>
  misbehaveOnManifests((_request, reply) => {
    reply.send({
      status: 500,
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        errors: [
          {
            code: 'UNKNOWN',
            message: `filesystem: open ${storagePath}: permission denied`,
            detail: {
              DriverName: 'filesystem',
              Enclosed: { Op: 'open', Path: storagePath, Err: 13 },
            },
          },
        ],
      }),
    });
  }),
);
