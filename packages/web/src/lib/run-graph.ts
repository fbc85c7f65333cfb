import type { JobView } from '@signalbox/core/contract/views/runs.ts'

/** A job of the workflow in a run's graph; the legs of its matrix are one stack. */
export interface GraphNode {
  /** The key that `needs` names. */
  key: string
  legs: JobView[]
  needs: string[]
  /** Column, from 0. */
  layer: number
  /** Place in its column, from 0. */
  row: number
}

export interface GraphEdge {
  from: string
  to: string
}

export interface RunGraph {
  nodes: GraphNode[]
  edges: GraphEdge[]
  layers: number
  /** Height of the fullest column. */
  rows: number
}

/**
 * The jobs of a run in columns: each stands one column after the last of those that it needs, and in the
 * order of the file within. A need that follows from another one has no line of its own.
 */
export function graphOf(jobs: readonly JobView[]): RunGraph {
  const legs = Map.groupBy(jobs, nodeKeyOf)
  const needsOf = new Map([...legs].map(([key, of]) => [key, linesInto(of[0], legs)]))
  const layers = new Map<string, number>()
  for (const key of legs.keys()) layerOf(key, needsOf, layers, new Set())
  const filled = new Map<number, number>()
  const nodes = [...legs].map(([key, of]): GraphNode => {
    const layer = layers.get(key) ?? 0
    const row = filled.get(layer) ?? 0
    filled.set(layer, row + 1)
    return { key, legs: of, needs: needsOf.get(key) ?? [], layer, row }
  })
  return {
    nodes,
    edges: nodes.flatMap((node) => direct(node.needs, needsOf).map((need) => ({ from: need, to: node.key }))),
    layers: Math.max(0, ...filled.keys()) + 1,
    rows: Math.max(0, ...filled.values()),
  }
}

/** What stands for a job in the graph: the legs of a matrix share it, and so do their jobs when each calls a workflow. */
export function nodeKeyOf(job: JobView): string {
  const key = job.jobKey ?? job.key
  return job.calledBy ? withoutLegs(key) : key
}

function withoutLegs(key: string): string {
  const parts = key.split(' / ')
  return parts.map((part) => part.replace(/ \(.*$/s, '')).join(' / ')
}

/**
 * What a job stands after: its needs. The jobs of a called workflow come after the job that calls it, and what needs
 * that one comes after them.
 */
function linesInto(job: JobView | undefined, nodes: ReadonlyMap<string, JobView[]>): string[] {
  if (!job) return []
  const needs = (job.calledBy ? job.needs.map(withoutLegs) : job.needs).filter((need) => nodes.has(need))
  if (needs.length === 0 && job.calledBy) return [withoutLegs(job.calledBy)].filter((key) => nodes.has(key))
  return needs.flatMap((need) => [need, ...calledUnder(need, nodes)])
}

/** The nodes of all that a node calls. */
function calledUnder(key: string, nodes: ReadonlyMap<string, JobView[]>): string[] {
  if (!nodes.get(key)?.some((job) => typeof job.calls === 'string')) return []
  return [...nodes.keys()].filter((other) => other.startsWith(`${key} / `))
}

/** One after the last of its needs. A ring, which no workflow has, ends the search. */
function layerOf(
  key: string,
  needsOf: ReadonlyMap<string, string[]>,
  found: Map<string, number>,
  above: Set<string>,
): number {
  const known = found.get(key)
  if (known !== undefined) return known
  if (above.has(key)) return 0
  above.add(key)
  const layer = Math.max(
    0,
    ...(needsOf.get(key) ?? []).map((need) => layerOf(need, needsOf, found, above) + 1),
  )
  above.delete(key)
  found.set(key, layer)
  return layer
}

function direct(needs: string[], needsOf: ReadonlyMap<string, string[]>): string[] {
  return needs.filter((need) => !needs.some((other) => other !== need && reaches(other, need, needsOf, 50)))
}

function reaches(from: string, to: string, needsOf: ReadonlyMap<string, string[]>, depth: number): boolean {
  if (depth === 0) return false
  return (needsOf.get(from) ?? []).some((need) => need === to || reaches(need, to, needsOf, depth - 1))
}

/** The node that an arrow key goes to; itself when there is none that way. */
export function neighbour(graph: RunGraph, key: string, way: 'left' | 'right' | 'up' | 'down'): string {
  const node = graph.nodes.find((each) => each.key === key)
  if (!node) return key
  const nearest = (layer: number, row: number) =>
    graph.nodes
      .filter((each) => each.layer === layer)
      .toSorted((a, b) => Math.abs(a.row - row) - Math.abs(b.row - row))[0]?.key ?? key
  if (way === 'left') return node.needs[0] ?? nearest(node.layer - 1, node.row)
  if (way === 'right') {
    const next = graph.edges.find((edge) => edge.from === key)
    return next?.to ?? nearest(node.layer + 1, node.row)
  }
  const row = node.row + (way === 'up' ? -1 : 1)
  return graph.nodes.find((each) => each.layer === node.layer && each.row === row)?.key ?? key
}
