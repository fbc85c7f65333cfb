import { Failure } from '../base/failure.ts'
import type { JsonValue } from '../base/json.ts'
import type { Contexts } from '../expressions/contexts.ts'
import { evaluateTemplate, evaluateValue } from '../expressions/evaluate.ts'
import type { DataTemplate, Strategy } from '../workflow/model.ts'

/** Names to values of one combination, in the order in which its name shows them. */
export type Combination = { [key: string]: JsonValue }

/** A strategy once its expressions are known. */
export interface ExpandedStrategy {
  /** At least one; an empty one stands for a strategy without a matrix. */
  combinations: Combination[]
  failFast: boolean
  /** Undefined: as many as the machines take. */
  maxParallel: number | undefined
}

/** GitHub's limit on the jobs that one matrix makes. */
export const maxLegs = 256
/** Before exclude takes some away; keeps a hostile product of lists small. */
const maxProduct = 4096
const maxFilters = 1000
/** Each job has its values in a row of its own: what an output of a job holds once would stand there 256 times. */
const maxChars = 4_000_000

/**
 * Evaluates a strategy. Throws a Failure `invalid-matrix` for a matrix without a combination, with too many, or with
 * a value of the wrong shape, and `expression-failed`.
 */
export function expandStrategy(strategy: Strategy, contexts: Contexts): ExpandedStrategy {
  const failFast = strategy.failFast && evaluateTemplate(strategy.failFast.source, contexts)
  return {
    combinations: strategy.matrix ? expandMatrix(evaluateData(strategy.matrix, contexts)) : [{}],
    failFast: failFast !== 'false',
    maxParallel: parallelOf(strategy, contexts),
  }
}

function parallelOf(strategy: Strategy, contexts: Contexts): number | undefined {
  if (!strategy.maxParallel) return undefined
  const text = evaluateTemplate(strategy.maxParallel.source, contexts)
  if (text === '') return undefined
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw invalid(`max-parallel is no whole number above 0: ${text.slice(0, 50)}`)
}

/** What data with expressions comes to. Throws a Failure `expression-failed`. */
export function evaluateData(data: DataTemplate, contexts: Contexts): JsonValue {
  switch (data.kind) {
    case 'text':
      return evaluateValue(data.template.source, contexts)
    case 'value':
      return data.value
    case 'list':
      return data.items.map((item) => evaluateData(item, contexts))
    case 'map':
      return Object.fromEntries(data.entries.map(({ key, value }) => [key, evaluateData(value, contexts)]))
  }
}

/**
 * The combinations of a matrix in GitHub's order: the product of its lists, the last one running fastest; `exclude`
 * takes away; `include` adds to those whose own values it does not change, and else makes one of its own.
 */
export function expandMatrix(matrix: JsonValue): Combination[] {
  if (!isMap(matrix)) throw invalid('the matrix is no mapping of names to lists')
  const vectors = Object.entries(matrix).filter(([key]) => key !== 'include' && key !== 'exclude')
  const excluded = filtersOf(matrix, 'exclude')
  const included = filtersOf(matrix, 'include')
  const combinations = product(vectors).filter(
    (one) => !excluded.some((filter) => Object.keys(filter).length > 0 && fits(one, filter)),
  )
  const made = include(combinations, new Set(vectors.map(([key]) => key)), included)
  if (made.length === 0) throw invalid('the matrix has no combination')
  if (made.length > maxLegs)
    throw invalid(`the matrix makes ${made.length} jobs; there may be ${maxLegs} at most`)
  if (sizeOf(made) > maxChars) throw invalid('the values of the matrix are too long or nested too deeply')
  return made
}

/** Characters of what is stored for all jobs; without end for what is too deep to be written. */
function sizeOf(made: Combination[]): number {
  try {
    return made.reduce((sum, one) => sum + JSON.stringify(one).length, 0)
  } catch {
    return Number.POSITIVE_INFINITY
  }
}

function include(
  combinations: Combination[],
  vectors: ReadonlySet<string>,
  included: Combination[],
): Combination[] {
  const result = combinations.map((one) => ({ ...one }))
  const own: Combination[] = []
  for (const entry of included) {
    const fixed = Object.entries(entry).filter(([key]) => vectors.has(key))
    let added = false
    for (const [index, original] of combinations.entries()) {
      const target = result[index]
      if (!target || !fits(original, Object.fromEntries(fixed))) continue
      const extra = Object.entries(entry).filter(([key]) => !vectors.has(key))
      result[index] = { ...target, ...Object.fromEntries(extra) }
      added = true
    }
    if (!added) own.push(entry)
  }
  return [...result, ...own]
}

function product(vectors: Array<[key: string, value: JsonValue]>): Combination[] {
  if (vectors.length === 0) return []
  let combinations: Combination[] = [{}]
  for (const [key, values] of vectors) {
    if (!Array.isArray(values)) throw invalid(`${key} of the matrix is no list`)
    if (values.length === 0) throw invalid(`${key} of the matrix is an empty list`)
    if (combinations.length * values.length > maxProduct)
      throw invalid(`the matrix makes more than ${maxProduct} combinations before exclude`)
    combinations = combinations.flatMap((one) => values.map((value) => ({ ...one, [key]: value })))
  }
  return combinations
}

function filtersOf(matrix: { [key: string]: JsonValue }, key: 'include' | 'exclude'): Combination[] {
  const value = matrix[key] ?? []
  if (!Array.isArray(value)) throw invalid(`${key} of the matrix is no list`)
  if (value.length > maxFilters) throw invalid(`${key} of the matrix has more than ${maxFilters} entries`)
  return value.map((entry) => {
    if (isMap(entry)) return entry
    throw invalid(`an entry of ${key} is no mapping`)
  })
}

/** Whether a value has everything that a filter names: maps in part, lists as a whole, the rest by its text. */
function fits(value: JsonValue | undefined, filter: JsonValue): boolean {
  if (value === undefined) return false
  if (isMap(filter)) {
    return (
      isMap(value) &&
      Object.entries(filter).every(([key, part]) =>
        fits(Object.hasOwn(value, key) ? value[key] : undefined, part),
      )
    )
  }
  if (Array.isArray(filter)) {
    return (
      Array.isArray(value) &&
      value.length === filter.length &&
      filter.every((part, index) => fits(value[index], part))
    )
  }
  return !isMap(value) && !Array.isArray(value) && String(value ?? '') === String(filter ?? '')
}

function isMap(value: JsonValue | undefined): value is { [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(message: string): Failure {
  return new Failure('invalid-matrix', message, { hint: 'See strategy.matrix of the job.' })
}
