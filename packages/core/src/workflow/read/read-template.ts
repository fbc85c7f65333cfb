import { splitAllowedContext } from '@actions/workflow-parser/templates/allowed-context'
import type { Position } from '../../base/diagnostics.ts'
import { contextNames } from '../../expressions/contexts.ts'
import {
  type AllowedNames,
  type ExpressionProblem,
  parseExpression,
} from '../../expressions/parse-expression.ts'
import { conditionExpression, splitTemplate } from '../../expressions/split-template.ts'
import type { Condition, Template, TemplateMap } from '../model.ts'
import { contexts, functions } from '../support/names.ts'
import { namesOf } from '../support/verdict.ts'
import { type Located, mapOf, type Reader, refuse, textOf } from './reader.ts'

/** Reads text that may hold expressions and checks each of them against what its place allows. */
export function readTemplate(reader: Reader, value: Located, what: string): Template | undefined {
  const source = textOf(reader, value, what)
  if (source === undefined) return undefined
  const { parts, unclosedAt } = splitTemplate(source)
  if (unclosedAt !== undefined) refuseUnclosed(reader, value)
  for (const part of parts) {
    if (part.kind === 'expression') checkExpression(reader, value, part.text.trim())
  }
  return { source, start: value.node.start }
}

/** Reads what stands under `if:`; the result has no `${{ }}` any more. */
export function readCondition(reader: Reader, value: Located): Condition | undefined {
  const source = textOf(reader, value, 'if')
  if (source === undefined) return undefined
  const { expression, unclosedAt } = conditionExpression(source)
  if (unclosedAt !== undefined) refuseUnclosed(reader, value)
  else if (expression !== '') checkExpression(reader, value, expression)
  return { expression, start: value.node.start }
}

/** Reads `env:`, `with:` or `outputs:`. */
export function readTemplateMap(reader: Reader, value: Located, what: string): TemplateMap {
  const entries = mapOf(reader, value, what) ?? []
  return entries.flatMap((entry) => {
    const template = readTemplate(reader, entry, entry.key)
    return template ? [{ key: entry.key, value: template }] : []
  })
}

function checkExpression(reader: Reader, value: Located, expression: string): void {
  const allowed = allowedAt(value)
  if (!allowed) return
  const { problem } = parseExpression(expression, allowed)
  if (!problem) return
  refuse(reader, { start: placeOf(value, expression, problem.offset) }, explain(problem, allowed))
}

/** Undefined where GitHub's schema allows no expression at all, which its own reader reports. */
function allowedAt(value: Located): AllowedNames | undefined {
  const info = value.token?.definitionInfo
  if (!info) return undefined
  const { namedContexts, functions } = splitAllowedContext(info.allowedContext)
  const here: readonly string[] = contextNames
  return {
    contexts: namedContexts.filter((name) => here.includes(name)),
    functions,
  }
}

function explain(problem: ExpressionProblem, allowed: AllowedNames) {
  const name = /'([^']*)'$/.exec(problem.message)?.[1] ?? ''
  const folded = name.toLowerCase()
  const refused = Object.hasOwn(contexts.refused, folded) ? contexts.refused[folded] : undefined
  if (refused) {
    return {
      code: 'unsupported-context',
      message: `the context ${name} is not built yet`,
      hint: refused,
    }
  }
  if (problem.message.startsWith('Unrecognized function')) {
    const special = ['hashFiles', 'success', 'always', 'cancelled', 'failure']
    const here = allowed.functions.map((f) => f.name.toLowerCase())
    const names = namesOf(functions).filter(
      (known) => !special.includes(known) || here.includes(known.toLowerCase()),
    )
    return {
      code: 'unknown-function',
      message: `the function ${name} is not known here`,
      hint: `Known here: ${names.join(', ')}.`,
    }
  }
  if (problem.message.startsWith('Unrecognized named-value')) {
    return {
      code: 'unknown-context',
      message: `the name ${name} is not known here`,
      hint:
        allowed.contexts.length > 0
          ? `Known here: ${allowed.contexts.join(', ')}.`
          : 'No context is known here.',
    }
  }
  return {
    code: 'invalid-expression',
    message: problem.message,
    hint: "Text in an expression stands in single quotes, as in 'main'.",
  }
}

/** The expression's place in the file, found by its text: blocks and quotes shift it from its offset. */
function placeOf(value: Located, expression: string, offset: number): Position {
  const { node } = value
  const first = expression.split('\n')[0] ?? ''
  const found = node.kind === 'scalar' ? node.raw.indexOf(first) : -1
  if (node.kind !== 'scalar' || found < 0) return node.start
  const before = node.raw.slice(0, found + Math.min(offset, first.length)).split('\n')
  const last = before.at(-1) ?? ''
  if (before.length === 1) return { line: node.start.line, column: node.start.column + last.length }
  return { line: node.start.line + before.length - 1, column: last.length + 1 }
}

function refuseUnclosed(reader: Reader, value: Located): void {
  refuse(reader, value.node, {
    code: 'invalid-expression',
    message: 'a ${{ is never closed',
    hint: 'End the expression with }}.',
  })
}
