import type { Defaults, Template, TemplateMap, WorkflowJob } from '../model.ts'
import { checkCallKeys, readCall } from './read-call.ts'
import { readConcurrency } from './read-concurrency.ts'
import { readContainer, readServices } from './read-container.ts'
import { readDefaults } from './read-defaults.ts'
import { readEnvironment } from './read-environment.ts'
import { checkKeys, entriesByKey } from './read-keys.ts'
import { readPermissions } from './read-permissions.ts'
import { readRunsOn } from './read-runs-on.ts'
import type { StepReading } from './read-step.ts'
import { readSteps } from './read-steps.ts'
import { readStrategy } from './read-strategy.ts'
import { readCondition, readTemplate, readTemplateMap } from './read-template.ts'
import { type Located, type LocatedEntry, listOf, mapOf, type Reader, refuse, textOf } from './reader.ts'

/** What reading a job must know of the outside. */
export type JobReading = Pick<StepReading, 'actions' | 'isReplaced'> & {
  defaults?: Defaults
  machines?: readonly string[] | undefined
}

/** Reads one job; undefined when too much of it is missing to go on. */
export function readJob(reader: Reader, job: LocatedEntry, reading: JobReading): WorkflowJob | undefined {
  const entries = mapOf(reader, job, `the job ${job.key}`)
  if (!entries) return undefined
  checkKeys(reader, entries, 'job')
  checkCallKeys(reader, entries)
  const found = entriesByKey(entries)
  const missing = (found['uses'] ? [] : ['runs-on', 'steps']).filter((key) => !found[key])
  for (const key of missing) {
    refuse(reader, job.keyAt, {
      code: 'missing-key',
      message: `${key} is missing in the job ${job.key}`,
      hint: key === 'steps' ? 'Add at least one step.' : 'Add `runs-on: ubuntu-latest`.',
    })
  }
  const template = (key: string): Template | undefined => {
    const value = found[key]
    return value ? readTemplate(reader, value, key) : undefined
  }
  const map = (key: string): TemplateMap => (found[key] ? readTemplateMap(reader, found[key], key) : [])
  const defaults = readDefaults(reader, found['defaults'], reading.defaults)
  const timeout = found['timeout-minutes']
  if (timeout) checkMinutes(reader, timeout)
  return {
    key: job.key,
    name: template('name'),
    needs: found['needs'] ? readNeeds(reader, found['needs']) : [],
    if: found['if'] ? readCondition(reader, found['if']) : undefined,
    runsOn: found['runs-on']
      ? readRunsOn(reader, found['runs-on'], reading.machines ?? [])
      : { labels: [], start: job.keyAt.start },
    env: map('env'),
    outputs: map('outputs'),
    timeoutMinutes: template('timeout-minutes'),
    continueOnError: template('continue-on-error'),
    strategy: found['strategy'] ? readStrategy(reader, found['strategy']) : undefined,
    ...(found['environment'] && { environment: readEnvironment(reader, found['environment']) }),
    ...(found['permissions'] && { permissions: readPermissions(reader, found['permissions']) }),
    ...(found['concurrency'] && { concurrency: readConcurrency(reader, found['concurrency']) }),
    ...(defaults.shell || defaults.workingDirectory ? { defaults } : {}),
    ...(found['container'] && { container: readContainer(reader, found['container']) }),
    ...(found['services'] && { services: readServices(reader, found['services']) }),
    steps: found['steps'] ? readSteps(reader, found['steps'], reading) : [],
    ...(found['uses'] ? { call: readCall(reader, found['uses'], found) } : {}),
    start: job.keyAt.start,
  }
}

/** Refuses a written number of minutes that is not above zero; an expression is checked when it runs. */
export function checkMinutes(reader: Reader, value: Located): void {
  const text = textOf(reader, value, 'timeout-minutes')
  if (text === undefined || text.includes('${{')) return
  const minutes = Number(text)
  if (Number.isFinite(minutes) && minutes > 0) return
  refuse(reader, value.node, {
    code: 'invalid-timeout',
    message: `${text} is not a number of minutes`,
    hint: 'Write a number above 0.',
  })
}

function readNeeds(reader: Reader, value: Located): string[] {
  const items = value.node.kind === 'list' ? (listOf(reader, value, 'needs') ?? []) : [value]
  const keys = items.map((item) => textOf(reader, item, 'needs') ?? '')
  return [...new Set(keys)]
}
