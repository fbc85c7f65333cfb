import type { SandboxSpec, ServiceDoors } from '../sandbox/port.ts'
import { placeAgain } from './actions/remote-actions.ts'
import type { JobState } from './job-state.ts'
import type { JobRequest } from './port.ts'
import { prepareFiles } from './steps/step-files.ts'

/** The sandbox of a job, under this id, with the services that it reaches. */
export function sandboxSpec(request: JobRequest, id: string, doors?: ServiceDoors): SandboxSpec {
  const { ownerId, limits, network, env, layers, toolsFolder } = request
  const tools = toolsFolder === undefined ? {} : { toolsFolder }
  return { id, ownerId, limits, network, env, layers, ...tools, ...(doors && { doors }), detached: false }
}

/** Makes the files that every step of the job finds in its sandbox. */
export async function prepareJob(state: JobState): Promise<void> {
  const job = state.request.workflow.jobs.find((candidate) => candidate.key === state.request.jobKey)
  const steps = job?.steps.filter((step) => step.kind === 'run').map((step) => String(step.number)) ?? []
  await prepareFiles(state.sandbox, steps, JSON.stringify(state.request.github['event'] ?? {}))
  await placeAgain(state)
}
