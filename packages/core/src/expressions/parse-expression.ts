import { type Expr, ExpressionError, Lexer, Parser } from '@actions/expressions'
import {
  Binary,
  ContextAccess,
  FunctionCall,
  Grouping,
  IndexAccess,
  Logical,
  Unary,
} from '@actions/expressions/ast'
import type { FunctionInfo } from '@actions/expressions/funcs/info'

/** Functions that tell how things went so far. */
export const statusFunctions = ['success', 'failure', 'cancelled', 'always'] as const

/** GitHub's own limit on the length of one expression, in characters. */
export const maxExpressionLength = 21_000

const builtIn = new Set([
  'case',
  'contains',
  'endswith',
  'format',
  'fromjson',
  'join',
  'startswith',
  'tojson',
])

/** An expression understood: its tree, and the contexts and functions that it names, in lower case. */
export interface ParsedExpression {
  tree: Expr
  contexts: Set<string>
  functions: Set<string>
  usesStatus: boolean
}

/** Why an expression was not understood; `offset` counts characters from its start. */
export interface ExpressionProblem {
  message: string
  offset: number
}

/** Names that may appear, as the place in the workflow allows. */
export interface AllowedNames {
  contexts: readonly string[]
  functions: readonly FunctionInfo[]
}

/** Parses one expression without `${{ }}`; never throws. An empty one is a problem. */
export function parseExpression(
  text: string,
  allowed: AllowedNames,
): { parsed: ParsedExpression; problem?: undefined } | { parsed?: undefined; problem: ExpressionProblem } {
  if (text.length > maxExpressionLength) {
    return {
      problem: { message: `the expression is longer than ${maxExpressionLength} characters`, offset: 0 },
    }
  }
  try {
    const parser = new Parser(new Lexer(text).lex().tokens, [...allowed.contexts], [...allowed.functions])
    const tree: Expr | undefined = parser.parse()
    if (tree === undefined) return { problem: { message: 'the expression is empty', offset: 0 } }
    const parsed = { tree, contexts: new Set<string>(), functions: new Set<string>(), usesStatus: false }
    collectNames(tree, parsed)
    const known = new Set([...builtIn, ...allowed.functions.map((f) => f.name.toLowerCase())])
    // The library looks functions up in an object, where `constructor` and its like are always found.
    const stranger = [...parsed.functions].find((name) => !known.has(name))
    if (stranger) return { problem: { message: `Unrecognized function: '${stranger}'`, offset: 0 } }
    parsed.usesStatus = statusFunctions.some((name) => parsed.functions.has(name))
    return { parsed }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const offset = error instanceof ExpressionError ? offsetOf(text, error) : 0
    return { problem: { message, offset } }
  }
}

function offsetOf(text: string, error: ExpressionError): number {
  const { line, column } = error.pos
  const before = text.split('\n').slice(0, line)
  return before.reduce((sum, part) => sum + part.length + 1, 0) + column
}

function collectNames(tree: Expr, into: { contexts: Set<string>; functions: Set<string> }): void {
  const open: Expr[] = [tree]
  for (let node = open.pop(); node; node = open.pop()) {
    if (node instanceof ContextAccess) into.contexts.add(node.name.lexeme.toLowerCase())
    else if (node instanceof FunctionCall) {
      into.functions.add(node.functionName.lexeme.toLowerCase())
      open.push(...node.args)
    } else if (node instanceof Binary) open.push(node.left, node.right)
    else if (node instanceof Unary) open.push(node.expr)
    else if (node instanceof Logical) open.push(...node.args)
    else if (node instanceof Grouping) open.push(node.group)
    else if (node instanceof IndexAccess) open.push(node.expr, node.index)
  }
}
