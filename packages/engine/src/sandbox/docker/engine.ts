import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import { z } from 'zod'
import type { ContainerEngine, EngineState } from '../container-port.ts'
import { ANSWER_MS } from '../linux/control/deadline.ts'
import { type Kit, prepareKit } from '../linux/kit.ts'
import { assertSandboxId, dataPaths, makeDataFolders } from '../linux/paths.ts'
import { isAlive, processRef } from '../linux/processes.ts'
import { createSnapshots } from '../linux/snapshots.ts'
import { createEngineClient, type EngineClient } from './client.ts'
import { containersOf, removeContainer, volumes, volumesOf } from './containers.ts'
import { engineAddress } from './engine-address.ts'
import { createContainerJob } from './job.ts'
import { jobFolders, makeJobFolders, removeJobFolders } from './job-folders.ts'

/** What the engine of this machine is used with. */
export interface ContainerEngineOptions {
  /** Absolute; workspaces of containers live below it. */
  dataDir: string
  /** DOCKER_HOST and XDG_RUNTIME_DIR are read from it. */
  env: Readonly<Record<string, string | undefined>>
  nodePath?: string
  answerMs?: number
  log?: (message: string) => void
}

const Maker = z.object({ ownerId: z.string(), pid: z.number(), startTicks: z.string() })

/** Docker or Podman, by its HTTP API on a unix socket. Nothing is asked before it is needed. */
export function createContainerEngine(options: ContainerEngineOptions): ContainerEngine {
  const data = dataPaths(options.dataDir)
  const snapshots = createSnapshots(data)
  let kit: Promise<Kit> | undefined
  let client: EngineClient | undefined

  function engine(): EngineClient {
    client ??= createEngineClient(engineAddress(options.env))
    return client
  }

  function ready(): Promise<Kit> {
    kit ??= makeDataFolders(data)
      .then(() => prepareKit(data, options.nodePath ?? process.execPath))
      .catch((error) => {
        kit = undefined
        throw error
      })
    return kit
  }

  async function reapFolders(ownerId: string): Promise<void> {
    for (const id of await readdir(join(options.dataDir, 'containers')).catch(() => [])) {
      const folders = jobFolders(options.dataDir, id)
      const text = await readFile(join(folders.folder, 'maker.json'), 'utf8').catch(() => '')
      const maker = text === '' ? undefined : Maker.safeParse(JSON.parse(text)).data
      if (maker?.ownerId === ownerId && !isAlive(maker)) await removeJobFolders(folders)
    }
  }

  return {
    probe: () => probe(() => engine()),
    async openJob(job) {
      assertSandboxId(job.id)
      const folders = jobFolders(options.dataDir, job.id)
      const own = await ready()
      await makeJobFolders(folders)
      const maker = { ownerId: job.ownerId, ...processRef(process.pid) }
      await writeFile(join(folders.folder, 'maker.json'), JSON.stringify(maker))
      return createContainerJob({
        client: engine(),
        job,
        folders,
        kit: own,
        answerMs: options.answerMs ?? ANSWER_MS,
        sealTo: snapshots.pathOf,
      })
    },
    async reapOrphans(ownerId) {
      let reaped = 0
      const state = await probe(() => engine())
      if (state.available) {
        for (const { id, maker } of await containersOf(engine(), ownerId)) {
          if (isAlive(maker)) continue
          options.log?.(`removing container ${id.slice(0, 12)}, left by ${ownerId}`)
          await removeContainer(engine(), id)
          reaped++
        }
        for (const { id, maker } of await volumesOf(engine(), ownerId)) {
          if (!isAlive(maker)) await volumes.remove(engine(), id)
        }
      }
      await reapFolders(ownerId)
      return reaped
    },
  }
}

const Version = z.object({
  Version: z.string(),
  Os: z.string().optional(),
  Components: z.array(z.object({ Name: z.string() })).nullish(),
})

async function probe(engine: () => EngineClient): Promise<EngineState> {
  try {
    const told = Version.parse(await engine().ask({ path: '/version', timeoutMs: 10_000 }))
    const podman = told.Components?.some(({ Name }) => /podman/i.test(Name))
    const version = `${podman ? 'Podman' : 'Docker'} ${told.Version}`
    if ((told.Os ?? 'linux') !== 'linux')
      return {
        available: false,
        version,
        reason: `${version} runs ${told.Os} containers, and jobs need Linux.`,
      }
    return { available: true, version }
  } catch (error) {
    if (error instanceof Failure)
      return {
        available: false,
        reason: error.message,
        ...(error.hint !== undefined && { hint: error.hint }),
      }
    return { available: false, reason: error instanceof Error ? error.message : String(error) }
  }
}
