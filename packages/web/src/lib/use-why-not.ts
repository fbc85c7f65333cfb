import { needs } from '@signalbox/core/contract/roles.ts'
import type { Permission } from '@signalbox/core/contract/routes/route.ts'
import { useQuery } from '@tanstack/react-query'
import { mayDo } from './may.ts'
import { queries } from './queries.ts'

/** The reason for which you may not do this in the project (slug or id); null: you may, or it is not known yet. */
export function useWhyNot(permission: Permission, project?: string): string | null {
  const session = useQuery(queries.session()).data
  const byProject = needs[permission].on === 'project' && session !== undefined && session.projects !== null
  const projects = useQuery({ ...queries.projects(), enabled: byProject && project !== undefined }).data
  if (!session || (byProject && !projects)) return null
  const id = projects?.find((card) => card.slug === project || card.id === project)?.id
  return mayDo(session, permission, id).reason
}
