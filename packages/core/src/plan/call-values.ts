import { Failure } from '../base/failure.ts'
import type { JsonValue } from '../base/json.ts'
import type { Contexts } from '../expressions/contexts.ts'
import { evaluateTemplate } from '../expressions/evaluate.ts'
import type { CallInput, CallInterface, WorkflowCall } from '../workflow/model.ts'
import type { InputValues } from '../workflow/resolve-inputs.ts'
import { evaluateData } from './expand-matrix.ts'
import type { JobConclusion } from './job-state.ts'

const empty = { string: '', boolean: false, number: 0 } as const

/**
 * The `inputs` context of a called workflow: what is handed to it and its defaults, each of its declared type.
 * Throws a Failure `invalid-input` or `expression-failed`.
 */
export function inputsOfCall(call: WorkflowCall, contexts: Contexts): InputValues {
  const given = new Map(call.with.map(({ key, value }) => [key.toLowerCase(), value]))
  const { github, vars } = contexts
  const inputs: InputValues = {}
  for (const input of call.workflow?.call?.inputs ?? []) {
    const data = given.get(input.name.toLowerCase())
    const value = data && evaluateData(data, contexts)
    if (value === undefined || value === null) {
      const own = input.default && evaluateData(input.default, { github, vars, inputs })
      inputs[input.name] = typed(input, own ?? null)
    } else inputs[input.name] = typed(input, value)
  }
  return inputs
}

/** Nothing becomes the type's empty value; text is made of any single value, nothing else is made of text. */
function typed(input: CallInput, value: JsonValue): string | number | boolean {
  if (value === null) return empty[input.type]
  if (typeof value === 'object') throw misfit(input, Array.isArray(value) ? 'a list' : 'a mapping')
  if (input.type === 'string') return String(value)
  if (typeof value === input.type) return value
  throw misfit(input, `the ${typeof value} ${JSON.stringify(value).slice(0, 60)}`)
}

function misfit(input: CallInput, found: string): Failure {
  return new Failure('invalid-input', `the input ${input.name} is a ${input.type} and was given ${found}`)
}

/** The secrets that a called workflow may read, of those of its caller. Throws a Failure `expression-failed`. */
export function secretsOfCall(
  call: WorkflowCall,
  contexts: Contexts,
  secrets: Record<string, string>,
): Record<string, string> {
  if (call.secrets === 'inherit') return secrets
  return Object.fromEntries(
    call.secrets.map(({ key, value }) => [key, evaluateTemplate(value.source, { ...contexts, secrets })]),
  )
}

/** How the jobs of a called workflow ended, for the `jobs` context. */
export type EndedJobs = ReadonlyArray<{
  key: string
  result: JobConclusion
  outputs: Record<string, string>
}>

/** What a called workflow hands back. Throws a Failure `expression-failed`. */
export function outputsOfCall(
  { outputs }: CallInterface,
  jobs: EndedJobs,
  contexts: Pick<Contexts, 'github' | 'inputs' | 'vars'>,
): Record<string, string> {
  if (outputs.length === 0) return {}
  const ended = jobs.map(({ key, result, outputs: own }) => [key, { result: plain(result), outputs: own }])
  const { github, inputs, vars } = contexts
  const seen: Contexts = { github, inputs, vars, jobs: Object.fromEntries(ended) }
  return Object.fromEntries(outputs.map(({ key, value }) => [key, evaluateTemplate(value.source, seen)]))
}

/** GitHub's contexts have no word for out of time: it is a failure. */
function plain(result: JobConclusion): string {
  return result === 'timed_out' ? 'failure' : result
}
