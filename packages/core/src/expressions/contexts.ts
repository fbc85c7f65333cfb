import { data } from '@actions/expressions'
import type { JsonValue } from '../base/json.ts'

/** Every context that an expression may name here, in GitHub's words. */
export const contextNames = [
  'github',
  'env',
  'vars',
  'needs',
  'steps',
  'inputs',
  'secrets',
  'job',
  'runner',
  'strategy',
  'matrix',
  'jobs',
] as const

/** One of `contextNames`. */
export type ContextName = (typeof contextNames)[number]

/** What expressions read; a context that is left out is an empty object. */
export type Contexts = { [name in ContextName]?: { [key: string]: JsonValue } } & {
  /** Answers `hashFiles()` where there are files; without it the function is a failure. */
  hashFiles?: (patterns: string[]) => string
}

/** Plain JSON as the data of GitHub's library, whose objects find keys whatever their case. */
export function toData(value: JsonValue): data.ExpressionData {
  if (value === null) return new data.Null()
  if (typeof value === 'string') return new data.StringData(value)
  if (typeof value === 'number') return new data.NumberData(value)
  if (typeof value === 'boolean') return new data.BooleanData(value)
  // Not by spreading: a list of a hundred thousand arguments overflows the stack.
  if (Array.isArray(value)) {
    const list = new data.Array()
    for (const item of value) list.add(toData(item))
    return list
  }
  const map = new data.Dictionary()
  for (const [key, item] of Object.entries(value)) map.add(key, toData(item))
  return map
}

/** What an expression came to, as plain JSON; a number that JSON cannot hold becomes null. */
export function fromData(value: data.ExpressionData): JsonValue {
  switch (value.kind) {
    case data.Kind.String:
      return value.coerceString()
    case data.Kind.Number:
      return Number.isFinite(value.number()) ? value.number() : null
    case data.Kind.Boolean:
      return value.coerceString() === 'true'
    case data.Kind.Null:
      return null
    case data.Kind.Array:
      return value instanceof data.Array ? value.values().map(fromData) : []
    default:
      return value instanceof data.Dictionary
        ? Object.fromEntries(value.pairs().map((pair) => [pair.key, fromData(pair.value)]))
        : {}
  }
}
