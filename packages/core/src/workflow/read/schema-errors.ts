import type { TemplateValidationError } from '@actions/workflow-parser/templates/template-validation-error'
import { type Reader, refuse } from './reader.ts'

/** Messages of GitHub's reader to our codes and hints; the first that fits counts. */
const known: ReadonlyArray<{ pattern: RegExp; code: string; hint: string }> = [
  {
    pattern: /^Unrecognized named-value/,
    code: 'unknown-context',
    hint: 'See which contexts GitHub allows for this key.',
  },
  {
    pattern: /^Unrecognized function/,
    code: 'unknown-function',
    hint: 'See which functions GitHub allows for this key.',
  },
  { pattern: /is already defined$/, code: 'duplicate-key', hint: 'Keep one of the two.' },
  {
    pattern: /^A (sequence|mapping) was not expected/,
    code: 'wrong-type',
    hint: 'Write a single value here.',
  },
  {
    pattern: /^A template expression is not allowed/,
    code: 'expression-not-allowed',
    hint: 'Write the value out; this place is read before anything is evaluated.',
  },
  {
    pattern: /^Unexpected value/,
    code: 'unexpected-value',
    hint: 'See the language reference for what may stand here.',
  },
  {
    pattern: /expression|named-value|symbol|function|directive/i,
    code: 'invalid-expression',
    hint: 'Check the expression.',
  },
]

/** Mistakes inside of an expression. */
const inExpression = /^(Unrecognized|Unexpected symbol|Unexpected end)/

/** What our own reading already says in better words. */
const saidElsewhere = /^(Required property is missing|There's not enough info)/

/** The schema has another word in its place, so that it refuses the event written alone; GitHub takes it. */
const mistaken = "Unexpected value 'repository_dispatch'"

/** Adds what GitHub's schema refuses, except on lines on which we already said why. */
export function addSchemaErrors(reader: Reader, errors: readonly TemplateValidationError[]): void {
  const lines = new Set(reader.diagnostics.map((d) => d.start.line))
  const explained = new Set(
    errors.filter((error) => inExpression.test(error.rawMessage)).map((error) => error.range?.start.line),
  )
  for (const error of errors) {
    if (error.rawMessage === mistaken) continue
    const start = error.range?.start ?? { line: 1, column: 1 }
    if (lines.has(start.line)) continue
    // An expression that is wrong leaves no value, which is the same mistake again.
    if (/^Unexpected value/.test(error.rawMessage) && explained.has(error.range?.start.line)) continue
    // Without a place it is the library that stumbled, over something that we already named.
    if (!error.range && reader.diagnostics.length > 0) continue
    if (saidElsewhere.test(error.rawMessage) && reader.diagnostics.length > 0) continue
    const match = known.find((entry) => entry.pattern.test(error.rawMessage))
    refuse(
      reader,
      { start, end: error.range?.end },
      {
        code: match?.code ?? 'invalid-workflow',
        message: error.rawMessage,
        hint: match?.hint ?? 'Compare the line with the language reference.',
      },
    )
  }
}
