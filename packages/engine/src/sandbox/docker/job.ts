import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { ContainerEngine, ContainerJob, ContainerSpec } from '../container-port.ts'
import { sandboxEnvironment } from '../linux/environment.ts'
import { findProgram, isRoot } from '../linux/host.ts'
import { initDoors } from '../linux/init-doors.ts'
import type { Kit } from '../linux/kit.ts'
import type { Sandbox, SandboxSpec, ServiceDoors } from '../port.ts'
import type { EngineClient } from './client.ts'
import type { ContainerPlan, Mount } from './container-config.ts'
import {
  containerEnd,
  lastWords,
  lookAt,
  ownLabels,
  removeContainer,
  startContainer,
  volumes,
} from './containers.ts'
import type { Door } from './door.ts'
import { bringImage, type ImageInfo } from './images.ts'
import { type JobFolders, removeJobFolders } from './job-folders.ts'
import { initCommand, kitMounts, kitNode } from './kit-mounts.ts'
import { type Meeting, openMeeting } from './meeting.ts'
import { createDockerSandbox } from './sandbox.ts'
import { type StartedService, startService } from './service.ts'

const START_MS = 30_000

/** What a job's containers are made with. */
export interface JobParts {
  client: EngineClient
  job: Parameters<ContainerEngine['openJob']>[0]
  folders: JobFolders
  kit: Kit
  answerMs: number
  sealTo(key: string): string
}

/** The containers of one job. */
export function createContainerJob(parts: JobParts): ContainerJob {
  const { client, job, folders, kit } = parts
  const labels = ownLabels({ id: job.id, ownerId: job.ownerId, folder: folders.folder })
  const services = new Map<string, StartedService>()
  const doors: Door[] = []
  const shared = new Set<string>()
  let sandbox: Sandbox | undefined
  let anyImage: string | undefined
  let closing: Promise<void> | undefined

  async function imageOf({ image, credentials }: ContainerSpec): Promise<ImageInfo> {
    const { onProgress, signal } = job
    const found = await bringImage(client, { image, credentials, onProgress, signal })
    anyImage = found.id
    return found
  }

  async function volumeMounts(spec: ContainerSpec): Promise<Mount[]> {
    const mounts: Mount[] = []
    for (const { name, path, readOnly } of spec.volumes) {
      const source = name === undefined ? '' : `signalbox-${job.id}-${name}`
      if (source !== '' && !shared.has(source)) {
        shared.add(source)
        await volumes.make(client, source, labels)
      }
      mounts.push({ source, target: path, readOnly, volume: true })
    }
    return mounts
  }

  /** Never more than what the job may have. */
  function limitsOf(spec: ContainerSpec): ContainerPlan['limits'] {
    const { memoryBytes, cpus, pids } = job.limits
    return {
      memoryBytes: Math.min(memoryBytes, spec.memoryBytes ?? memoryBytes),
      cpus: Math.min(cpus, spec.cpus ?? cpus),
      pids: Math.min(pids, spec.pids ?? pids),
    }
  }

  function planOf(spec: ContainerSpec, image: ImageInfo): Omit<ContainerPlan, 'mounts' | 'env'> {
    const { user, hostname, tmpfs, shmBytes, readOnly, capDrop } = spec
    return {
      image: image.id,
      labels: { ...spec.labels, ...labels },
      limits: limitsOf(spec),
      network: 'none',
      init: hasReaper(),
      ...{ user, hostname, tmpfs, shmBytes, readOnly, capDrop },
    }
  }

  async function createSandbox(
    spec: SandboxSpec,
    container: ContainerSpec,
    { doors: ways, hosts }: { doors?: ServiceDoors; hosts: Array<{ name: string; address: string }> },
  ): ReturnType<ContainerJob['createSandbox']> {
    if (spec.layers.length > 0)
      throw new Failure('sandbox-layers', 'A workspace in a container stands on no layers.')
    const image = await imageOf(container)
    const meeting = await openMeeting(join(folders.run, 'host'))
    const egress = spec.network.mode === 'egress' ? spec.network.proxySocket : undefined
    const init = {
      detached: false,
      host: '/run/signalbox/host',
      egress: egress === undefined ? null : '/run/signalbox/egress.sock',
      slots: [],
      log: null,
      doors: initDoors(ways, false),
    }
    let containerId: string | undefined
    try {
      const waiting = meeting.control(START_MS)
      waiting.catch(() => {})
      containerId = await startContainer(
        client,
        `signalbox-${job.id}`,
        {
          ...planOf(container, image),
          entrypoint: initCommand(init),
          command: [],
          env: {},
          hosts,
          workdir: '/',
          health: { none: true },
          mounts: [
            ...kitMounts(kit),
            { source: meeting.folder, target: '/run/signalbox/host', readOnly: true },
            { source: folders.upper, target: '/workspace', readOnly: false },
            { source: folders.home, target: '/home/sbx', readOnly: false },
            ...(egress === undefined
              ? []
              : [{ source: egress, target: '/run/signalbox/egress.sock', readOnly: true }]),
            ...(ways ? [{ source: ways.folder, target: '/run/signalbox/services', readOnly: true }] : []),
            ...(Object.keys(kit.caFiles).length > 0
              ? [
                  {
                    source: join(kit.folder, 'etc/ssl/signalbox'),
                    target: '/etc/ssl/signalbox',
                    readOnly: true,
                  },
                ]
              : []),
            ...(spec.toolsFolder === undefined
              ? []
              : [{ source: spec.toolsFolder, target: '/opt/tools', readOnly: true }]),
            ...(await volumeMounts(container)),
          ],
        },
        job.signal,
      )
      const own = containerId
      const control = await Promise.race([waiting, endsEarly(client, own)])
      sandbox = createDockerSandbox({
        id: spec.id,
        containerId: own,
        client,
        control,
        meeting,
        env: environment(spec, container, { image, kit, hosts }),
        upper: folders.upper,
        home: folders.home,
        run: folders.run,
        diskBytes: spec.limits.diskBytes,
        answerMs: parts.answerMs,
        sealTo: parts.sealTo,
        remove: () => empty(),
      })
      return { sandbox, id: own, network: `container:${own}` }
    } catch (error) {
      await closeEarly(containerId, meeting)
      throw error
    }
  }

  async function closeEarly(containerId: string | undefined, meeting: Meeting): Promise<void> {
    if (containerId !== undefined) await removeContainer(client, containerId)
    await meeting.close()
  }

  /** What root inside has written is not ours to remove when we are not root: a container does it. */
  async function empty(): Promise<void> {
    if (isRoot() || anyImage === undefined) return
    const script =
      "const fs=require('fs');for(const at of ['/w/upper','/w/home'])for(const one of fs.existsSync(at)?fs.readdirSync(at):[])fs.rmSync(at+'/'+one,{recursive:true,force:true})"
    const id = await startContainer(client, `signalbox-${job.id}-rm`, {
      image: anyImage,
      entrypoint: [...kitNode, '-e', script],
      command: [],
      env: {},
      labels,
      mounts: [...kitMounts(kit), { source: folders.folder, target: '/w', readOnly: false }],
      limits: { memoryBytes: 512 << 20, pids: 64, cpus: 1 },
      network: 'none',
      user: '0:0',
      workdir: '/',
      health: { none: true },
      init: false,
    })
    await containerEnd(client, id)
    await removeContainer(client, id)
  }

  async function closeAll(): Promise<void> {
    await sandbox?.destroy()
    for (const door of doors) await door.close()
    for (const service of services.values()) await service.close()
    for (const name of shared) await volumes.remove(client, name)
    await removeJobFolders(folders)
  }

  return {
    doorsFolder: folders.doors,
    createSandbox,
    async startService(id, spec, ports) {
      const image = await imageOf(spec)
      const { entrypoint, command } = spec
      const number = services.size
      const service = await startService({
        client,
        id,
        name: `signalbox-${job.id}-s${number}`,
        spec,
        image,
        ports,
        plan: {
          ...planOf(spec, image),
          hostname: spec.hostname ?? id.replaceAll('_', '-'),
          env: spec.env,
          ...(entrypoint && { entrypoint }),
          ...(command && { command }),
          ...(spec.workdir !== undefined && { workdir: spec.workdir }),
          ...(spec.health && { health: spec.health }),
        },
        mounts: await volumeMounts(spec),
        kit: kitMounts(kit),
        folder: join(folders.run, `s${number}`),
        answerMs: parts.answerMs,
        signal: job.signal,
        onProgress: job.onProgress,
      })
      services.set(id, service)
      return service
    },
    async openDoor(serviceId, port) {
      const service = services.get(serviceId)
      if (!service) throw new Failure('unknown-service', `there is no service ${serviceId}`)
      const door = await service.openDoor(join(folders.doors, `${doors.length}.sock`), port)
      doors.push(door)
      return door.path
    },
    async close() {
      closing ??= closeAll()
      closing.catch(() => {
        closing = undefined
      })
      await closing
    },
  }
}

/** The image's own environment, then ours without a PATH of this machine, then what the workflow says. */
function environment(
  spec: SandboxSpec,
  container: ContainerSpec,
  { image, kit, hosts }: { image: ImageInfo; kit: Kit; hosts: ReadonlyArray<{ name: string }> },
): Record<string, string> {
  const { PATH: _, ...own } = sandboxEnvironment(spec, kit)
  const usual = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  const near = [own['NO_PROXY'], ...hosts.map(({ name }) => name)].filter(Boolean).join(',')
  return {
    PATH: usual,
    ...image.env,
    ...own,
    ...(own['NO_PROXY'] && { NO_PROXY: near, no_proxy: near }),
    ...container.env,
  }
}

/** Rejects when the container ends before its init has called. */
async function endsEarly(client: EngineClient, id: string): Promise<never> {
  await containerEnd(client, id)
  const state = await lookAt(client, id)
  const words = await lastWords(client, id, 20).catch(() => [])
  const why = words.join(' ').slice(0, 800) || state?.error || `exit code ${state?.exitCode ?? '?'}`
  throw new Failure('sandbox-start', `The container did not start: ${why}`)
}

function hasReaper(): boolean {
  return findProgram('docker-init') !== undefined || findProgram('catatonit') !== undefined
}
