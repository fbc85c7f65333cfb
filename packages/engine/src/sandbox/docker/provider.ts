import type { ContainerEngine } from '../container-port.ts'
import type { Capabilities, Enforcement, Sandbox, SandboxProvider, SandboxSpec } from '../port.ts'

const byEngine = (how: string): Enforcement => ({ enforced: false, how: `${how}; not tried here` })

/**
 * Sandboxes in containers of one image, for a whole run. They stand on no layers and are never detached: no releases,
 * no snapshots.
 */
export function createDockerProvider(engine: ContainerEngine, image: string): SandboxProvider {
  return {
    name: 'docker',
    async probe(): Promise<Capabilities> {
      const { available, version, reason } = await engine.probe()
      return {
        provider: 'docker',
        available,
        ...(version !== undefined && { version }),
        ...(reason !== undefined && { reason }),
        memory: byEngine('the memory limit of the container'),
        pids: byEngine('the pids limit of the container'),
        cpu: byEngine('the CPU quota of the container'),
        disk: byEngine('the workspace is measured every 2 s, the image’s own layer is not'),
        network: byEngine('no network but loopback'),
        ownUser: byEngine('the user of the image'),
        syscalls: byEngine('the engine’s own filter'),
        overlay: byEngine('a folder of its own'),
      }
    },
    create: (spec, signal) => create(engine, image, spec, signal),
    attach: () => Promise.resolve(undefined),
    findSnapshot: () => Promise.resolve(undefined),
    deleteSnapshot: () => Promise.resolve(),
    reapOrphans: (ownerId) => engine.reapOrphans(ownerId),
  }
}

async function create(
  engine: ContainerEngine,
  image: string,
  spec: SandboxSpec,
  signal: AbortSignal | undefined,
): Promise<Sandbox> {
  const { ownerId, limits, doors } = spec
  // Beside the containers of the same job, which have its own name.
  const id = `${spec.id.slice(0, 60)}-box`
  const job = await engine.openJob({ id, ownerId, limits, onProgress() {}, ...(signal && { signal }) })
  try {
    const container = { image, env: {}, labels: {}, volumes: [], tmpfs: {}, capDrop: [] }
    const { sandbox } = await job.createSandbox(spec, container, { ...(doors && { doors }), hosts: [] })
    return {
      ...sandbox,
      async destroy() {
        await sandbox.destroy()
        await job.close()
      },
      async snapshot(key) {
        const layer = await sandbox.snapshot(key)
        await job.close()
        return layer
      },
    }
  } catch (error) {
    await job.close()
    throw error
  }
}
