import { data, Evaluator, wellKnownFunctions } from '@actions/expressions'
import type { FunctionDefinition } from '@actions/expressions/funcs/info'
import { truthy } from '@actions/expressions/result'
import { Failure } from '../base/failure.ts'
import type { JsonValue } from '../base/json.ts'
import { type Contexts, contextNames, fromData, toData } from './contexts.ts'
import { type ParsedExpression, parseExpression, statusFunctions } from './parse-expression.ts'
import { conditionExpression, splitTemplate } from './split-template.ts'

/** What the status functions answer at this moment; names of jobs may be given to success and failure. */
export interface StatusFunctions {
  success(names: string[]): boolean
  failure(names: string[]): boolean
  cancelled(): boolean
}

/** The most text that one function may build: a workflow is hostile and `format` can double its input. */
export const maxResultLength = 4 * 1024 * 1024

/**
 * The template with each `${{ }}` replaced by its value as text; null becomes nothing.
 * Throws a Failure `expression-failed` that names the expression.
 */
export function evaluateTemplate(template: string, contexts: Contexts, functions?: StatusFunctions): string {
  if (!template.includes('${{')) return template
  const { parts, unclosedAt } = splitTemplate(template)
  if (unclosedAt !== undefined) throw new Failure('expression-failed', 'a ${{ is never closed')
  const texts = parts.map((part) =>
    part.kind === 'text'
      ? part.text
      : evaluateExpression(part.text.trim(), contexts, functions).coerceString(),
  )
  const result = texts.join('')
  if (result.length > maxResultLength) throw tooLong(template)
  return result
}

/** What a text stands for: the value itself when it is one `${{ }}` and nothing else, otherwise text. */
export function evaluateValue(template: string, contexts: Contexts): JsonValue {
  const { parts } = splitTemplate(template.trim())
  const [only] = parts
  if (parts.length !== 1 || only?.kind !== 'expression') return evaluateTemplate(template, contexts)
  return fromData(evaluateExpression(only.text.trim(), contexts))
}

/**
 * Whether a condition holds; `expression` is what stands under `if:`, with or without `${{ }}`.
 * success() is implied unless a status function appears; an empty one is success().
 */
export function evaluateCondition(
  expression: string,
  contexts: Contexts,
  functions: StatusFunctions,
): boolean {
  const { expression: inner } = conditionExpression(expression)
  if (inner === '') return functions.success([])
  const parsed = parseOrThrow(inner)
  if (!parsed.usesStatus && !functions.success([])) return false
  return truthy(run(inner, parsed, contexts, functions))
}

/** Whether `always()`, `failure()`, `cancelled()` or `success()` appears in a condition. */
export function namesStatus(expression: string): boolean {
  const { parsed } = parseExpression(conditionExpression(expression).expression, everything)
  return parsed?.usesStatus ?? false
}

/** The value of one expression without `${{ }}`. Throws a Failure `expression-failed`. */
export function evaluateExpression(
  expression: string,
  contexts: Contexts,
  functions?: StatusFunctions,
): data.ExpressionData {
  return run(expression, parseOrThrow(expression), contexts, functions)
}

const everything = {
  contexts: contextNames,
  functions: [
    ...statusFunctions.map((name) => ({ name, minArgs: 0, maxArgs: 255 })),
    { name: 'hashFiles', minArgs: 1, maxArgs: 255 },
  ],
}

function parseOrThrow(expression: string): ParsedExpression {
  const { parsed, problem } = parseExpression(expression, everything)
  if (problem) throw new Failure('expression-failed', `${problem.message} in: ${excerpt(expression)}`)
  return parsed
}

function run(
  expression: string,
  parsed: ParsedExpression,
  contexts: Contexts,
  functions?: StatusFunctions,
): data.ExpressionData {
  const root = new data.Dictionary()
  for (const name of contextNames) {
    // Only what is named is converted: `github.event` can be a megabyte.
    if (parsed.contexts.has(name)) root.add(name, toData(contexts[name] ?? {}))
  }
  try {
    return new Evaluator(parsed.tree, root, functionTable(functions, contexts.hashFiles)).evaluate()
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Failure('expression-failed', `${why} in: ${excerpt(expression)}`, { cause })
  }
}

function functionTable(
  status?: StatusFunctions,
  hashFiles?: Contexts['hashFiles'],
): Map<string, FunctionDefinition> {
  const table = new Map<string, FunctionDefinition>()
  for (const name of ['format', 'join']) {
    const original = wellKnownFunctions[name]
    if (original) table.set(name, { ...original, call: (...args) => bounded(original, args) })
  }
  const hash = (args: data.ExpressionData[]) => {
    if (!hashFiles) throw new Failure('expression-failed', 'hashFiles has no files to look at here')
    return new data.StringData(hashFiles(args.map((arg) => arg.coerceString())))
  }
  table.set('hashfiles', { name: 'hashFiles', minArgs: 1, maxArgs: 255, call: (...args) => hash(args) })
  if (!status) return table
  const add = (name: string, answer: (names: string[]) => boolean) =>
    table.set(name, {
      name,
      minArgs: 0,
      maxArgs: 255,
      call: (...args) => new data.BooleanData(answer(args.map((arg) => arg.coerceString()))),
    })
  add('success', (names) => status.success(names))
  add('failure', (names) => status.failure(names))
  add('cancelled', () => status.cancelled())
  add('always', () => true)
  return table
}

/** format and join multiply their arguments; how often is known before the text is built. */
function bounded(original: FunctionDefinition, args: data.ExpressionData[]): data.ExpressionData {
  const first = args[0]
  const times =
    first?.kind === data.Kind.Array
      ? (first as data.Array).values().length
      : count(first?.coerceString() ?? '', '{')
  const longest = args.slice(1).reduce((most, arg) => Math.max(most, arg.coerceString().length), 0)
  if (times * longest > maxResultLength * 4) throw tooLong(original.name)
  const result = original.call(...args)
  if (result.coerceString().length > maxResultLength) throw tooLong(original.name)
  return result
}

function count(text: string, letter: string): number {
  let found = 0
  for (let at = text.indexOf(letter); at >= 0; at = text.indexOf(letter, at + 1)) found++
  return found
}

function tooLong(what: string): Failure {
  return new Failure(
    'expression-failed',
    `the result is longer than ${maxResultLength} characters: ${excerpt(what)}`,
  )
}

function excerpt(text: string): string {
  const line = text.replace(/\s+/g, ' ')
  return line.length > 120 ? `${line.slice(0, 120)}…` : line
}
