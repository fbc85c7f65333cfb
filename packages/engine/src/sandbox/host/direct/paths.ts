import { join } from 'node:path'

/** The folders of one job on this machine, and what stands for them in the port: `/workspace`, `/tmp/signalbox`. */
export interface DirectPaths {
  folder: string
  workspace: string
  /** The real path of one that is meant inside; others are the machine's own and stay. */
  real(path: string): string
}

/** The folders of the job with this id. Tools are the whole run's, as a runner's tool cache is. */
export function directPaths(runFolder: string, id: string): DirectPaths {
  const folder = join(runFolder, id)
  const workspace = join(folder, 'workspace')
  const standsFor: [fixed: string, real: string][] = [
    ['/workspace', workspace],
    ['/tmp/signalbox/tools', join(runFolder, 'tools')],
    // Few folders: making one costs as much as writing three files.
    ['/tmp/signalbox/files', folder],
    ['/tmp/signalbox', folder],
  ]
  return {
    ...{ folder, workspace },
    real(path) {
      if (!path.startsWith('/') || path.startsWith(runFolder)) return path
      for (const [fixed, real] of standsFor) {
        if (path === fixed || path.startsWith(`${fixed}/`)) return real + path.slice(fixed.length)
      }
      return path
    },
  }
}
