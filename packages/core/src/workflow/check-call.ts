import type { CallInput, DataTemplate, Workflow, WorkflowCall } from './model.ts'
import { nearest } from './read/read-keys.ts'
import { type Reader, refuse } from './read/reader.ts'

/** Refuses inputs and secrets of a call that the called workflow does not declare, lacks, or has of another type. */
export function checkCall(reader: Reader, call: WorkflowCall, called: Workflow): void {
  if (!called.call) return
  if (called.concurrency) {
    reader.diagnostics.push({
      severity: 'warning',
      code: 'no-effect',
      message: `concurrency of ${called.file} has no effect where it is called`,
      hint: 'Write concurrency beside the uses that calls it.',
      file: reader.file,
      start: call.start,
    })
  }
  const { inputs, secrets } = called.call
  const inputNames = inputs.map((input) => input.name)
  for (const given of call.with) {
    const input = inputs.find(({ name }) => same(name, given.key))
    if (!input) {
      refuse(reader, given, {
        code: 'unknown-input',
        message: `${called.file} has no input ${given.key}`,
        hint: nearest(given.key, inputNames),
      })
    } else if (!fitsType(given.value, input.type)) {
      refuse(reader, given, {
        code: 'wrong-type',
        message: `the input ${given.key} of ${called.file} is a ${input.type}`,
        hint:
          input.type === 'string'
            ? 'Write a single value.'
            : `Write a ${input.type} without quotes, or an expression that makes one, as in \${{ fromJSON(…) }}.`,
      })
    }
  }
  for (const input of inputs) {
    if (!input.required || call.with.some((given) => same(given.key, input.name))) continue
    refuse(reader, call, {
      code: 'missing-input',
      message: `${called.file} needs the input ${input.name}`,
      hint: 'Add it under with.',
    })
  }
  if (call.secrets === 'inherit') return
  checkSecrets(reader, { ...call, secrets: call.secrets }, { file: called.file, secrets })
}

function checkSecrets(
  reader: Reader,
  call: WorkflowCall & { secrets: Exclude<WorkflowCall['secrets'], 'inherit'> },
  called: { file: string; secrets: Array<{ name: string; required: boolean }> },
): void {
  for (const { key, value } of call.secrets) {
    if (called.secrets.some(({ name }) => same(name, key))) continue
    refuse(reader, value, {
      code: 'unknown-secret',
      message: `${called.file} declares no secret ${key}`,
      hint: nearest(
        key,
        called.secrets.map((secret) => secret.name),
      ),
    })
  }
  for (const { name, required } of called.secrets) {
    if (!required || call.secrets.some(({ key }) => same(name, key))) continue
    refuse(reader, call, {
      code: 'missing-secret',
      message: `${called.file} needs the secret ${name}`,
      hint: `Add it under secrets, as in \`${name}: \${{ secrets.${name} }}\`, or write \`secrets: inherit\`.`,
    })
  }
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

/** Whether a value may be of an input's type; what an expression makes is checked when it is known. */
export function fitsType(value: DataTemplate, type: CallInput['type']): boolean {
  if (value.kind === 'text') return type === 'string' || value.template.source.includes('${{')
  if (value.kind !== 'value') return false
  return type === 'string' || value.value === null || typeof value.value === type
}
