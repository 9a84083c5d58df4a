import type { KubeList } from '#src/meta/object.ts';
import type { Session } from './session.ts';

export const projectsPath = '/apis/project.openshift.io/v1/projects';

/** What `oc` prints of the projects that one may use. */
export async function projectsText(session: Session): Promise<string> {
  const { items } = await session.api().request<KubeList>({ method: 'GET', path: projectsPath });
  const names = items.map(({ metadata }) => metadata.name ?? '').toSorted();
  const current = session.namespace();
  const lines = names.map((name) => `  ${name === current ? '*' : ' '} ${name}\n`).join('');
  const { server } = session.api().connection;
  const using = `Using project "${current}" on server "${server}".\n`;
  return `You have access to the following projects and can switch between them with 'sluice project <projectname>':\n\n${lines}\n${using}`;
}
