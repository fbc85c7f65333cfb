import { Button } from '@mantine/core'
import { type KeyboardEvent, useState } from 'react'
import { plural } from '../../lib/format.ts'
import type { LogCanvas } from '../../lib/log-canvas.ts'
import type { LogModel } from '../../lib/log-model.ts'

interface LogBarProps {
  log: { canvas: LogCanvas; model: LogModel } | null
  following: boolean
  state: 'reading' | 'growing' | 'complete'
  times: boolean
  onTimes: () => void
  wrap: boolean
  onWrap: () => void
  onLine: (n: number) => void
}

const stateWords = { reading: 'reading', growing: 'live', complete: 'complete' } as const

/** Find, go to a line (":120"), long lines wrapped or not, clock times, and back to the end. */
export function LogBar(props: LogBarProps) {
  const { log, following, state, times, onTimes, wrap, onWrap, onLine } = props
  const [text, setText] = useState('')
  const [found, setFound] = useState<{ lines: number[]; at: number } | null>(null)
  function show(n: number) {
    const row = log?.model.revealLine(n) ?? null
    if (!log || row === null) return
    log.canvas.showRow(row, n)
    onLine(n)
  }
  function onKey(event: KeyboardEvent<HTMLInputElement>) {
    if (event.key !== 'Enter' || !log || !text) return
    event.preventDefault()
    const line = /^:(\d+)$/.exec(text)
    if (line) return show(Number(line[1]))
    const lines = found?.lines ?? log.model.find(text)
    const at = found ? (found.at + (event.shiftKey ? lines.length - 1 : 1)) % Math.max(1, lines.length) : 0
    setFound({ lines, at })
    const n = lines[at]
    if (n !== undefined) show(n)
  }
  return (
    <div className="log-bar">
      <input
        className="log-find"
        type="search"
        aria-label="Find in the log"
        placeholder="Find, or :120 for a line"
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value)
          setFound(null)
        }}
        onKeyDown={onKey}
      />
      <span className="muted" aria-live="polite">
        {found ? `${found.lines.length ? found.at + 1 : 0} of ${plural(found.lines.length, 'line')}` : ''}
      </span>
      <span className="grow" />
      <span className={state === 'growing' ? 'lamp-text-moving' : 'faint'}>{stateWords[state]}</span>
      <Button size="compact-xs" aria-pressed={wrap} onClick={onWrap} data-testid="log-wrap">
        {wrap ? 'Unwrap lines' : 'Wrap lines'}
      </Button>
      <Button size="compact-xs" aria-pressed={times} onClick={onTimes}>
        {times ? 'Hide times' : 'Show times'}
      </Button>
      <Button size="compact-xs" disabled={following} onClick={() => log?.canvas.follow()}>
        {state === 'growing' ? 'Follow the end' : 'To the end'}
      </Button>
    </div>
  )
}
