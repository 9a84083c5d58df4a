import type { CommandEntry } from './session.ts';

/** Every verb, in the order of the help. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'serve',
    summary: 'Run the API server, controllers and workers',
    load: () => import('./commands/serve.ts'),
  },
  {
    name: 'worker',
    summary: 'Run workers only',
    load: () => import('./commands/worker.ts'),
  },
  {
    name: 'tag',
    summary: 'Tag existing images into image streams',
    load: () => import('./commands/tag.ts'),
  },
  {
    name: 'import-image',
    summary: 'Import images from a container image registry',
    load: () => import('./commands/import-image.ts'),
  },
  {
    name: 'image',
    summary: 'Show what a registry has of an image',
    load: () => import('./commands/image.ts'),
  },
  {
    name: 'history',
    summary: 'Show every image that a tag has pointed at',
    load: () => import('./commands/history.ts'),
  },
  {
    name: 'rollback',
    summary: 'Point a tag at an image of its history again',
    load: () => import('./commands/rollback.ts'),
  },
  {
    name: 'diff',
    summary: 'Show what differs between two images of a tag',
    load: () => import('./commands/diff.ts'),
  },
  {
    name: 'why',
    summary: 'Say why a tag is where it is and what it waits for',
    load: () => import('./commands/why.ts'),
  },
  {
    name: 'get',
    summary: 'Display one or many resources',
    load: () => import('./commands/get.ts'),
  },
  {
    name: 'describe',
    summary: 'Show details of image streams, tags and images',
    load: () => import('./commands/describe.ts'),
  },
  {
    name: 'create',
    summary: 'Create a resource from a file or from arguments',
    load: () => import('./commands/create.ts'),
  },
  {
    name: 'apply',
    summary: 'Create or change resources to be as in a file',
    load: () => import('./commands/apply.ts'),
  },
  {
    name: 'delete',
    summary: 'Delete resources by name, selector or file',
    load: () => import('./commands/delete.ts'),
  },
  {
    name: 'label',
    summary: 'Change the labels of a resource',
    load: () => import('./commands/label.ts'),
  },
  {
    name: 'annotate',
    summary: 'Change the annotations of a resource',
    load: () => import('./commands/annotate.ts'),
  },
  {
    name: 'patch',
    summary: 'Change fields of a resource',
    load: () => import('./commands/patch.ts'),
  },
  {
    name: 'edit',
    summary: 'Change a resource in an editor',
    load: () => import('./commands/edit.ts'),
  },
  {
    name: 'set',
    summary: 'Change image lookup of image streams',
    load: () => import('./commands/set.ts'),
  },
  {
    name: 'adm',
    summary: 'Do what administrators do, such as pruning images',
    load: () => import('./commands/adm.ts'),
  },
  {
    name: 'policy',
    summary: 'Share projects: give and take roles, tell who has them',
    load: () => import('./commands/policy.ts'),
  },
  {
    name: 'auth',
    summary: 'Tell what you may do',
    load: () => import('./commands/auth.ts'),
  },
  {
    name: 'can-i',
    summary: 'Tell whether you may do something',
    load: () => import('./commands/can-i.ts'),
  },
  {
    name: 'login',
    summary: 'Log in to a server, with a password or a token',
    load: () => import('./commands/login.ts'),
  },
  {
    name: 'logout',
    summary: 'End the current session',
    load: () => import('./commands/logout.ts'),
  },
  {
    name: 'project',
    summary: 'Tell or change the current project',
    load: () => import('./commands/project.ts'),
  },
  {
    name: 'projects',
    summary: 'List the projects that you may use',
    load: () => import('./commands/projects.ts'),
  },
  {
    name: 'new-project',
    summary: 'Make a project and go there',
    load: () => import('./commands/new-project.ts'),
  },
  {
    name: 'whoami',
    summary: 'Say who the server takes you for',
    load: () => import('./commands/whoami.ts'),
  },
  {
    name: 'completion',
    summary: 'Print a completion script for bash, zsh or fish',
    load: () => import('./commands/completion.ts'),
  },
  {
    name: '__complete',
    summary: 'Complete a command line',
    hidden: true,
    load: async () => {
      const { completeVerb } = await import('./commands/complete.ts');
      return { verb: completeVerb(commands) };
    },
  },
];
