import { Failure } from '../base/failure.ts'
import type { JsonValue } from '../base/json.ts'
import type { MachineWish } from '../base/machine.ts'
import type { Contexts } from '../expressions/contexts.ts'
import { evaluateTemplate, evaluateValue } from '../expressions/evaluate.ts'
import type { RunsOn } from '../workflow/model.ts'

const mostLabels = 50
const longestLabel = 256

/**
 * What `runs-on` comes to: an expression may be one label, a list of them or, alone, a mapping with `group` and
 * `labels`. Throws a Failure `invalid-runs-on` for anything else, and `expression-failed`.
 */
export function machineWish(runsOn: RunsOn, contexts: Contexts): MachineWish {
  const values = runsOn.labels.map((label) => evaluateValue(label.source, contexts))
  const [only] = values
  const mapped = values.length === 1 && isMap(only) && !runsOn.group ? only : undefined
  const group = mapped
    ? groupOf(mapped['group'])
    : runsOn.group && evaluateTemplate(runsOn.group.source, contexts)
  const labels = (mapped ? [mapped['labels'] ?? []] : values).flatMap(labelsIn)
  if (labels.length === 0 && !group) throw invalid('runs-on names no machine')
  if (labels.length > mostLabels) throw invalid(`runs-on names more than ${mostLabels} labels`)
  const unique = new Map(labels.map((label) => [label.toLowerCase(), label]))
  return { labels: [...unique.values()], ...(group && { group: checked(group) }) }
}

/** Whether `runs-on` can be known before anything ran. */
export function isStatic({ labels, group }: RunsOn): boolean {
  return ![...labels, ...(group ? [group] : [])].some(({ source }) => source.includes('${{'))
}

function labelsIn(value: JsonValue): string[] {
  if (Array.isArray(value)) return value.flatMap(labelsIn)
  if (isMap(value)) throw invalid('a label of runs-on is a mapping')
  const label = String(value ?? '').trim()
  return [checked(label)]
}

function groupOf(value: JsonValue | undefined): string | undefined {
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value === 'object') throw invalid('the group of runs-on is no name')
  return String(value)
}

function checked(name: string): string {
  if (name === '') throw invalid('a label of runs-on is empty')
  if (name.length > longestLabel)
    throw invalid(`a label of runs-on is longer than ${longestLabel} characters`)
  return name
}

function isMap(value: JsonValue | undefined): value is { [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(message: string): Failure {
  return new Failure('invalid-runs-on', message, { hint: 'See runs-on of the job.' })
}
