import type { JobView } from '@signalbox/core/contract/views/runs.ts'
import { type KeyboardEvent, useMemo, useRef } from 'react'
import { Lamp } from '../../components/lamp.tsx'
import { Elapsed } from '../../components/time.tsx'
import { type GraphNode, graphOf, neighbour, nodeKeyOf } from '../../lib/run-graph.ts'
import { stackLamp, statusLamp, statusWord } from '../../lib/signals.ts'

const box = { width: 196, height: 44, gapX: 44, gapY: 12 }
const left = (layer: number) => layer * (box.width + box.gapX)
const top = (row: number) => row * (box.height + box.gapY)

const arrows: Record<string, 'left' | 'right' | 'up' | 'down'> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
}

interface RunGraphProps {
  jobs: JobView[]
  picked: string
  onPick: (job: JobView) => void
}

/** The jobs of a run and what they wait for; the legs of a matrix are one stack. Arrow keys go along the lines. */
export function RunGraph({ jobs, picked, onPick }: RunGraphProps) {
  const frame = useRef<HTMLDivElement>(null)
  const graph = useMemo(() => graphOf(jobs), [jobs])
  const pickedJob = jobs.find((job) => job.id === picked)
  const pickedKey = pickedJob ? nodeKeyOf(pickedJob) : graph.nodes[0]?.key
  const places = new Map(graph.nodes.map((node) => [node.key, node]))
  function onKey(event: KeyboardEvent, key: string) {
    const way = arrows[event.key]
    if (!way) return
    event.preventDefault()
    const next = neighbour(graph, key, way)
    frame.current?.querySelector<HTMLElement>(`[data-node="${CSS.escape(next)}"]`)?.focus()
  }
  return (
    <section className="run-graph" aria-label="Jobs and what they wait for" data-testid="run-graph">
      <div
        ref={frame}
        className="run-graph-sheet"
        style={{
          width: left(graph.layers) - box.gapX,
          height: top(graph.rows) - box.gapY,
        }}
      >
        <svg aria-hidden="true" className="run-graph-lines">
          {graph.edges.map(({ from, to }) => (
            <path
              key={`${from} ${to}`}
              className={from === pickedKey || to === pickedKey ? 'is-picked' : undefined}
              d={lineBetween(places.get(from), places.get(to))}
            />
          ))}
        </svg>
        {graph.nodes.map((node) => (
          <Node
            key={node.key}
            node={node}
            picked={node.key === pickedKey}
            onKey={(event) => onKey(event, node.key)}
            onPick={() => {
              const failed = node.legs.find((leg) => statusLamp(leg) === 'stopped')
              const job = node.legs.find((leg) => leg.id === picked) ?? failed ?? node.legs[0]
              if (job) onPick(job)
            }}
          />
        ))}
      </div>
    </section>
  )
}

function lineBetween(from: GraphNode | undefined, to: GraphNode | undefined): string {
  if (!from || !to) return ''
  const [x1, y1] = [left(from.layer) + box.width, top(from.row) + box.height / 2]
  const [x2, y2] = [left(to.layer), top(to.row) + box.height / 2]
  // Lines that skip a column bend late, so that those of one target run together.
  const bend = x2 - box.gapX / 2
  return `M${x1} ${y1}C${bend} ${y1} ${bend} ${y2} ${x2} ${y2}`
}

interface NodeProps {
  node: GraphNode
  picked: boolean
  onKey: (event: KeyboardEvent) => void
  onPick: () => void
}

function Node({ node, picked, onKey, onPick }: NodeProps) {
  const [first] = node.legs
  if (!first) return null
  const lamp = stackLamp(node.legs)
  const many = node.legs.length > 1
  const done = node.legs.filter((leg) => leg.status === 'completed').length
  const word = many ? `${done} of ${node.legs.length} done` : statusWord(first).toLowerCase()
  return (
    <button
      type="button"
      className={`run-node is-${lamp}${many ? ' is-stack' : ''}`}
      style={{ left: left(node.layer), top: top(node.row), width: box.width, height: box.height }}
      aria-pressed={picked}
      data-node={node.key}
      data-lamp={lamp}
      tabIndex={picked ? 0 : -1}
      onKeyDown={onKey}
      onClick={onPick}
    >
      <Lamp lamp={lamp} size={16} />
      <span className="run-node-text">
        <span className="cut run-node-name">{many ? node.key : first.name}</span>
        <span className="cut faint">
          {word}
          {many ? null : (
            <>
              {first.startedAt ? ' · ' : ''}
              <Elapsed from={first.startedAt} to={first.completedAt} />
            </>
          )}
        </span>
      </span>
    </button>
  )
}
