import { Failure } from '@signalbox/core/base/failure.ts'
import { z } from 'zod'
import { processRef } from '../linux/processes.ts'
import type { EngineClient } from './client.ts'
import { type ContainerPlan, containerConfig } from './container-config.ts'

/** By these labels a container of ours is found again, whoever made it. */
const LABEL = {
  owner: 'signalbox.owner',
  job: 'signalbox.job',
  maker: 'signalbox.maker',
  folder: 'signalbox.folder',
}

const State = z.object({
  Id: z.string(),
  State: z.object({
    Running: z.boolean(),
    ExitCode: z.number(),
    OOMKilled: z.boolean().nullish(),
    Error: z.string().nullish(),
    Health: z
      .object({ Status: z.string(), Log: z.array(z.object({ Output: z.string() })).nullish() })
      .nullish(),
  }),
})

/** How a container is. */
export interface ContainerState {
  id: string
  running: boolean
  exitCode: number
  ranOutOfMemory: boolean
  error: string
  /** `starting`, `healthy`, `unhealthy`; `none` when nobody looks. */
  health: string
  /** What the last look at its health said. */
  healthSaid: string
}

/** The labels of what belongs to one job of an owner, made by this process. */
export function ownLabels(job: { id: string; ownerId: string; folder: string }): Record<string, string> {
  const maker = processRef(process.pid)
  return {
    [LABEL.owner]: job.ownerId,
    [LABEL.job]: job.id,
    [LABEL.folder]: job.folder,
    [LABEL.maker]: `${maker?.pid ?? 0}:${maker?.startTicks ?? ''}`,
  }
}

/** Makes and starts a container; what was made and does not start is removed. Answers its id. */
export async function startContainer(
  client: EngineClient,
  name: string,
  plan: ContainerPlan,
  signal?: AbortSignal,
): Promise<string> {
  const { Id } = z.object({ Id: z.string() }).parse(
    await client.ask({
      method: 'POST',
      path: '/containers/create',
      query: { name },
      body: containerConfig(plan),
      signal,
    }),
  )
  try {
    await client.ask({ method: 'POST', path: `/containers/${Id}/start`, signal })
    return Id
  } catch (error) {
    await removeContainer(client, Id)
    throw error
  }
}

/** How it is; undefined when it is gone. */
export async function lookAt(client: EngineClient, id: string): Promise<ContainerState | undefined> {
  try {
    const { Id, State: state } = State.parse(await client.ask({ path: `/containers/${id}/json` }))
    return {
      id: Id,
      running: state.Running,
      exitCode: state.ExitCode,
      ranOutOfMemory: state.OOMKilled ?? false,
      error: state.Error ?? '',
      health: state.Health?.Status || 'none',
      healthSaid: state.Health?.Log?.at(-1)?.Output.trim() ?? '',
    }
  } catch (error) {
    if (error instanceof Failure && error.code === 'container-absent') return undefined
    throw error
  }
}

/** Resolves when it runs no more. */
export async function containerEnd(client: EngineClient, id: string): Promise<void> {
  try {
    await client.ask({
      method: 'POST',
      path: `/containers/${id}/wait`,
      query: { condition: 'not-running' },
      timeoutMs: 2 ** 31 - 1,
    })
  } catch (error) {
    if (!(error instanceof Failure && error.code === 'container-absent')) throw error
  }
}

/** Ends it and removes it with its own volumes; one that is gone already is as good. */
export async function removeContainer(client: EngineClient, id: string): Promise<void> {
  try {
    await client.ask({ method: 'DELETE', path: `/containers/${id}`, query: { force: 'true', v: 'true' } })
  } catch (error) {
    if (error instanceof Failure && error.code === 'container-absent') return
    // The engine is at it already.
    if (error instanceof Failure && /already in progress/.test(error.message)) return await goneBy(client, id)
    throw error
  }
}

async function goneBy(client: EngineClient, id: string): Promise<void> {
  for (const until = Date.now() + 20_000; Date.now() < until; ) {
    if (!(await lookAt(client, id))) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Failure('sandbox-stays', `The container ${id.slice(0, 12)} could not be removed.`, {
    retryable: true,
  })
}

/** The last lines that it wrote, out of the engine's frames: type, three zeros, u32 length. */
export async function lastWords(client: EngineClient, id: string, lines: number): Promise<string[]> {
  const chunks: Buffer[] = []
  let size = 0
  const answer = await client.stream({
    path: `/containers/${id}/logs`,
    query: { stdout: 'true', stderr: 'true', tail: String(lines) },
  })
  for await (const chunk of answer) {
    size += chunk.length
    if (size > 1 << 20) break
    chunks.push(chunk)
  }
  const all = Buffer.concat(chunks)
  let text = ''
  for (let at = 0; at + 8 <= all.length; at += 8 + all.readUInt32BE(at + 4)) {
    text += all.toString('utf8', at + 8, at + 8 + all.readUInt32BE(at + 4))
  }
  return text.split(/\r?\n/).filter((line) => line !== '')
}

const Listed = z.array(z.object({ Id: z.string(), Labels: z.record(z.string(), z.string()).nullish() }))

/** Something of ours, with the process that made it. */
export interface Found {
  id: string
  maker: { pid: number; startTicks: string }
  folder: string
}

/** All containers of an owner. */
export async function containersOf(client: EngineClient, ownerId: string): Promise<Found[]> {
  const filters = JSON.stringify({ label: [`${LABEL.owner}=${ownerId}`] })
  const listed = Listed.parse(await client.ask({ path: '/containers/json', query: { all: 'true', filters } }))
  return listed.map(({ Id, Labels }) => found(Id, Labels ?? {}))
}

const Volumes = z.object({
  Volumes: z
    .array(z.object({ Name: z.string(), Labels: z.record(z.string(), z.string()).nullish() }))
    .nullish(),
})

/** All volumes of an owner. */
export async function volumesOf(client: EngineClient, ownerId: string): Promise<Found[]> {
  const filters = JSON.stringify({ label: [`${LABEL.owner}=${ownerId}`] })
  const { Volumes: listed } = Volumes.parse(await client.ask({ path: '/volumes', query: { filters } }))
  return (listed ?? []).map(({ Name, Labels }) => found(Name, Labels ?? {}))
}

function found(id: string, labels: Record<string, string>): Found {
  const [pid = '0', startTicks = ''] = (labels[LABEL.maker] ?? '').split(':')
  return { id, maker: { pid: Number(pid), startTicks }, folder: labels[LABEL.folder] ?? '' }
}

/** Makes a volume, and removes one. */
export const volumes = {
  async make(client: EngineClient, name: string, labels: Record<string, string>): Promise<void> {
    await client.ask({ method: 'POST', path: '/volumes/create', body: { Name: name, Labels: labels } })
  },
  async remove(client: EngineClient, name: string): Promise<void> {
    try {
      await client.ask({
        method: 'DELETE',
        path: `/volumes/${encodeURIComponent(name)}`,
        query: { force: 'true' },
      })
    } catch (error) {
      if (!(error instanceof Failure && error.code === 'container-absent')) throw error
    }
  },
}
