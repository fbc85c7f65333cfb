import { Failure } from '@signalbox/core/base/failure.ts'
import type { ContainerTemplate, Workflow } from '@signalbox/core/workflow/model.ts'
import type { ContainerEngine } from '@signalbox/engine/sandbox/container-port.ts'
import { dataDirOf } from '../../api/connection.ts'
import type { Cli } from '../cli.ts'

/** A job that wants containers, whatever expressions may say later. */
export interface ContainerUse {
  job: string
  key: 'container' | 'services'
  /** `file:line:column`. */
  place: string
}

/** The jobs that cannot run without a container engine, those of called workflows included. */
export function containerUses(workflow: Workflow): ContainerUse[] {
  return workflow.jobs.flatMap((job) => {
    if (job.call) return job.call.workflow ? containerUses(job.call.workflow) : []
    const use = (key: ContainerUse['key'], template: ContainerTemplate | undefined): ContainerUse[] => {
      // What an expression names may come out empty, and then there is no container.
      if (!template || template.image.source === '' || template.image.source.includes('${{')) return []
      const { line, column } = template.image.start
      return [{ job: job.key, key, place: `${workflow.file}:${line}:${column}` }]
    }
    const service = job.services?.flatMap((one) => use('services', one)) ?? []
    return [...use('container', job.container), ...service.slice(0, 1)]
  })
}

/**
 * The container engine of this machine, when a job may want one. Throws a Failure before anything runs when a job
 * cannot do without and there is none: it names each place.
 */
export async function openContainers(
  cli: Cli,
  workflows: readonly Workflow[],
  ownerId: string,
): Promise<ContainerEngine | undefined> {
  if (!workflows.some(mayUse)) return undefined
  const { createContainerEngine } = await import('@signalbox/engine/sandbox/docker/engine.ts')
  const engine = createContainerEngine({ dataDir: dataDirOf(cli.env), env: cli.env })
  const state = await engine.probe()
  const uses = workflows.flatMap(containerUses)
  if (!state.available && uses.length > 0) {
    const places = uses.map(({ job, key, place }) => `${place}: the job ${job} has ${key}`)
    throw new Failure('container-engine-missing', `${places.join('\n')}\n${state.reason ?? ''}`, {
      hint: `${state.hint ?? 'Install Docker (apt-get install docker.io) or Podman and start it.'} Jobs without containers run: name them with --job.`,
    })
  }
  if (state.available) await engine.reapOrphans(ownerId)
  return engine
}

function mayUse(workflow: Workflow): boolean {
  return workflow.jobs.some(
    ({ container, services, call }) =>
      container !== undefined ||
      services !== undefined ||
      (call?.workflow !== undefined && mayUse(call.workflow)),
  )
}
