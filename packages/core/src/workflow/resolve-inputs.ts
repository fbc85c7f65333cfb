import { Failure } from '../base/failure.ts'
import type { DispatchInput } from './model.ts'

/** Values of inputs by name, each of its declared type. */
export type InputValues = Record<string, string | number | boolean>

const maxLength = 65_535

/**
 * What a run gets for the inputs that its workflow declares. Throws a Failure `invalid-input` that names every input
 * that is strange, missing, or of another type.
 */
export function resolveInputs(declared: readonly DispatchInput[], given: InputValues): InputValues {
  const problems: { name: string; message: string }[] = []
  const byName = new Map(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]))
  const values: InputValues = {}
  for (const input of declared) {
    const value = byName.get(input.name.toLowerCase())
    byName.delete(input.name.toLowerCase())
    const text = value === undefined || leftEmpty(input, value) ? (input.default ?? '') : String(value)
    if (text === '' && input.required) problems.push({ name: input.name, message: 'is required' })
    const typed = typedValue(input, text)
    if (typed === undefined) problems.push({ name: input.name, message: expected(input) })
    else values[input.name] = typed
  }
  for (const name of byName.keys()) problems.push({ name: name.slice(0, 100), message: 'is not declared' })
  if (problems.length === 0) return values
  const told = problems.slice(0, 20)
  const words = told.map(({ name, message }) => `${name} ${message}`).join('; ')
  throw new Failure('invalid-input', `The inputs do not fit: ${words}.`, {
    fields: told.map(({ name, message }) => ({ path: `inputs.${name}`, message })),
    hint:
      declared.length > 0
        ? `Declared under workflow_dispatch: ${declared.map((input) => input.name).join(', ')}.`
        : 'The workflow declares no inputs under workflow_dispatch.',
  })
}

/** A text may be empty on purpose; the other types have no empty value. */
function leftEmpty(input: DispatchInput, value: InputValues[string]): boolean {
  return value === '' && input.type !== 'string'
}

/** Undefined for a value that the type does not have. */
function typedValue(input: DispatchInput, text: string): string | number | boolean | undefined {
  if (text.length > maxLength) return undefined
  switch (input.type) {
    case 'boolean':
      if (text === '') return false
      return text === 'true' ? true : text === 'false' ? false : undefined
    case 'number': {
      if (text === '') return 0
      const value = Number(text)
      return Number.isFinite(value) && text.trim() !== '' ? value : undefined
    }
    case 'choice':
      return text === '' || input.options.includes(text) ? text : undefined
    default:
      return text
  }
}

function expected(input: DispatchInput): string {
  if (input.type === 'choice') return `must be one of ${input.options.join(', ')}`
  if (input.type === 'boolean') return 'must be true or false'
  return input.type === 'number' ? 'must be a number' : `is longer than ${maxLength} characters`
}
