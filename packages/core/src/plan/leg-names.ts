import { Failure } from '../base/failure.ts'
import type { JsonValue } from '../base/json.ts'
import type { Contexts } from '../expressions/contexts.ts'
import { evaluateTemplate } from '../expressions/evaluate.ts'
import type { Workflow, WorkflowJob } from '../workflow/model.ts'
import type { Combination } from './expand-matrix.ts'

/** GitHub cuts names of jobs here. */
const maxNameLength = 100

/** What stands between a calling job and one that it called, as on GitHub. */
export const callSeparator = ' / '

/** The name that people see: `name:` evaluated, or the key; text that cannot be evaluated stands as written. */
export function jobName(job: WorkflowJob, contexts: Contexts): string {
  if (!job.name) return job.key
  try {
    return evaluateTemplate(job.name.source, contexts) || job.key
  } catch (error) {
    if (error instanceof Failure) return job.name.source
    throw error
  }
}

/** What `run-name` comes to, on one line; undefined without one, and when it is empty or cannot be evaluated. */
export function runName(workflow: Workflow, contexts: Contexts): string | undefined {
  if (!workflow.runName) return undefined
  try {
    const name = evaluateTemplate(workflow.runName.source, contexts).replace(/\s+/g, ' ').trim()
    return name.slice(0, 200) || undefined
  } catch (error) {
    if (error instanceof Failure) return undefined
    throw error
  }
}

/** A leg's name as on GitHub: `name (one, two)`, and `name:` alone when that is an expression. */
export function legName(job: WorkflowJob, combination: Combination, contexts: Contexts): string {
  const name = jobName(job, contexts)
  return job.name?.source.includes('${{') ? cut(name) : withValues(name, combination)
}

/**
 * What names each leg among the jobs of its workflow: its job's key with its values; legs with the same values are
 * numbered. The separator is in none of them, or a value could stand for a job that the leg calls.
 */
export function legKeys(jobKey: string, combinations: readonly Combination[]): string[] {
  const taken = new Set<string>()
  return combinations.map((combination) => {
    const first = withValues(jobKey, combination).replaceAll(callSeparator, '/')
    let key = first
    for (let count = 2; taken.has(key); count++) key = `${first} #${count}`
    taken.add(key)
    return key
  })
}

function withValues(name: string, combination: Combination): string {
  const values = leavesOf(combination)
  return cut(values.length > 0 ? `${name} (${values.join(', ')})` : name)
}

function leavesOf(value: JsonValue): string[] {
  if (value === null || value === '') return []
  if (Array.isArray(value)) return value.flatMap(leavesOf)
  if (typeof value === 'object') return Object.values(value).flatMap(leavesOf)
  return [String(value).replace(/\s+/g, ' ')]
}

function cut(name: string): string {
  return name.length > maxNameLength ? `${name.slice(0, maxNameLength - 3)}...` : name
}
