import type { InputValues, WorkflowFileView } from '@signalbox/core/contract/views/workflows.ts'

/** An input that a workflow declares. */
export type Input = WorkflowFileView['inputs'][number]
/** What stands in the fields, by the name of the input. */
export type FieldValues = Record<string, string | boolean>

/** What the fields say at first: the defaults; a choice whose default is none of its options stands open. */
export function startValues(inputs: readonly Input[]): FieldValues {
  return Object.fromEntries(inputs.map((input) => [input.name, startValue(input)]))
}

function startValue(input: Input): string | boolean {
  if (input.type === 'boolean') return input.default === 'true'
  const start = input.default ?? ''
  return input.type === 'choice' && !input.options.includes(start) ? '' : start
}

/** What is wrong, by the name of the input; empty when the run can begin. */
export function checkValues(inputs: readonly Input[], values: FieldValues): Record<string, string> {
  const found: Record<string, string> = {}
  for (const input of inputs) {
    const value = values[input.name]
    if (typeof value === 'boolean') continue
    const text = value ?? ''
    if (input.required && text === '') found[input.name] = `${input.name} is required`
    else if (input.type === 'number' && text !== '' && !isNumber(text)) {
      found[input.name] = `${input.name} must be a number`
    }
  }
  return found
}

function isNumber(text: string): boolean {
  return text.trim() !== '' && Number.isFinite(Number(text))
}

/** The fields as the request takes them; a field without a value is left out, but a text may be empty. */
export function requestValues(inputs: readonly Input[], values: FieldValues): InputValues {
  const asked: InputValues = {}
  for (const input of inputs) {
    const value = values[input.name]
    if (value === undefined || (value === '' && input.type !== 'string')) continue
    asked[input.name] = input.type === 'number' ? Number(value) : value
  }
  return asked
}
