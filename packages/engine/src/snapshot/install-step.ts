import type { RunStep, TemplateMap, Workflow } from '@signalbox/core/workflow/model.ts'
import { splitUses } from '@signalbox/core/workflow/read/read-uses.ts'

/** The variable by which a step says that its result may be kept and restored. */
export const snapshotVariable = 'SIGNALBOX_SNAPSHOT'

/** An install whose whole command is known before the job begins. */
export interface InstallStep {
  number: number
  command: string
  shell: string
  workingDirectory: string
  env: Record<string, string>
}

/**
 * The step of a job that is marked with `SIGNALBOX_SNAPSHOT: install`: undefined without one, a sentence when it
 * cannot be kept. Nothing but checking out may come before it, and nothing in it may be an expression: what it
 * does must be known from the key alone, and no secret may reach a layer.
 */
export function findInstallStep(workflow: Workflow, jobKey: string): InstallStep | string | undefined {
  const job = workflow.jobs.find((candidate) => candidate.key === jobKey)
  const step = job?.steps.find((candidate) => markOf(candidate.env) !== undefined)
  if (!job || !step) return undefined
  if (markOf(step.env) !== 'install') return `${snapshotVariable} knows one word: install`
  if (step.kind !== 'run') return `${snapshotVariable} stands on a step that runs no command`
  if (step.if) return 'a step with a condition of its own is not kept'
  const before = job.steps.filter((other) => other.number < step.number)
  const strange = before.find(
    (other) =>
      other.kind !== 'uses' || splitUses(other.uses)?.name !== 'actions/checkout' || other.with.length,
  )
  if (strange) return 'something other than a plain check-out comes before it'
  return readStep(step, [...workflow.env, ...job.env, ...step.env])
}

function readStep(step: RunStep, env: TemplateMap): InstallStep | string {
  const directory = step.workingDirectory?.source ?? ''
  const texts = [step.run.source, directory, ...env.map(({ value }) => value.source)]
  if (texts.some((text) => text.includes('${{'))) {
    return 'its command, folder or environment holds an expression'
  }
  return {
    number: step.number,
    command: step.run.source,
    shell: step.shell ?? '',
    workingDirectory: directory,
    env: Object.fromEntries(env.map(({ key, value }) => [key, value.source])),
  }
}

function markOf(env: TemplateMap): string | undefined {
  return env.find(({ key }) => key === snapshotVariable)?.value.source
}
