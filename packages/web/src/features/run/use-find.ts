import { useDeferredValue, useEffect, useRef, useState } from 'react'
import type { LogCanvas } from '../../lib/log-canvas.ts'
import { queryProblem } from '../../lib/log-match.ts'
import type { LogModel } from '../../lib/log-model.ts'
import { LogSearch, type SearchState } from '../../lib/log-search.ts'

/** A search in a log: what is sought, the lines that hold it, and the one shown now (`at`, from 0). */
export interface Finding {
  text: string
  regex: boolean
  lines: readonly number[]
  at: number | null
  done: boolean
  problem: string | null
  setText(text: string): void
  setRegex(regex: boolean): void
  go(step: 1 | -1): void
  /** Lines were added to the log. */
  grown(): void
}

const nothing: SearchState = { lines: [], done: true, problem: null }

/** Searches the log while one types; `onShow` gets the line to go to. */
export function useFind(
  log: { canvas: LogCanvas; model: LogModel } | null,
  onShow: (n: number) => void,
): Finding {
  const [text, setText] = useState('')
  const [regex, setRegex] = useState(false)
  const [state, setState] = useState<SearchState>(nothing)
  const [at, setAt] = useState<number | null>(null)
  const search = useRef<LogSearch | null>(null)
  const sought = useDeferredValue(text.startsWith(':') ? '' : text)
  const invalid = sought ? queryProblem({ text: sought, regex }) : null
  useEffect(() => {
    setState(nothing)
    setAt(null)
    if (!log || !sought || invalid) return
    const query = { text: sought, regex }
    if (!regex) log.canvas.setQuery(query)
    const running = new LogSearch({
      model: log.model,
      query,
      onChange(next) {
        // An expression is tried on the lines in view only after the Worker got through with it.
        if (regex && next.done) log.canvas.setQuery(next.problem ? null : query)
        setState({ ...next, lines: [...next.lines] })
      },
    })
    search.current = running
    return () => {
      running.stop()
      search.current = null
      log.canvas.setQuery(null)
    }
  }, [log, sought, regex, invalid])
  return {
    text,
    regex,
    ...state,
    problem: invalid ?? state.problem,
    at,
    setText,
    setRegex,
    go(step) {
      const count = state.lines.length
      if (count === 0) return
      const next = at === null ? (step > 0 ? 0 : count - 1) : (at + step + count) % count
      const n = state.lines[next]
      setAt(next)
      if (n !== undefined) onShow(n)
    },
    grown: () => search.current?.grown(),
  }
}
