import { Button } from '@mantine/core'
import type { KeyboardEvent, RefObject } from 'react'
import { plural } from '../../lib/format.ts'
import type { LineRange } from '../../lib/log-canvas.ts'
import type { LogTimes } from '../../lib/log-row.ts'
import type { Finding } from './use-find.ts'

/** Where the reading of a log stands. */
export type LogState = 'reading' | 'growing' | 'complete'

interface LogBarProps {
  find: Finding
  findBox: RefObject<HTMLInputElement | null>
  state: LogState
  offlineSince: number | null
  lineCount: number
  errors: number
  warnings: number
  marked: LineRange | null
  times: LogTimes
  wrap: boolean
  onGoToLine: (n: number) => void
  onNextMark: (step: 1 | -1) => void
  onCopyLines: () => void
  onTimes: () => void
  onWrap: () => void
  onDownload: () => void
  onLeaveBox: () => void
}

const timesWords: Record<LogTimes, string> = {
  off: 'Times: off',
  clock: 'Times: clock',
  since: 'Times: since start',
}

/** Find, errors, the marked lines, and how the log is shown. */
export function LogBar(props: LogBarProps) {
  const { find, marked } = props
  return (
    <div className="log-bar">
      <FindBox {...props} />
      {props.errors + props.warnings > 0 ? (
        <Button
          size="compact-xs"
          onClick={() => props.onNextMark(1)}
          title="To the next one (e)"
          data-testid="log-errors"
        >
          <span className={props.errors > 0 ? 'lamp-text-stopped' : 'lamp-text-waiting'}>
            {props.errors > 0 ? plural(props.errors, 'error') : plural(props.warnings, 'warning')}
          </span>
        </Button>
      ) : null}
      {marked ? (
        <Button size="compact-xs" onClick={props.onCopyLines} data-testid="log-copy">
          {marked.from === marked.to ? `Copy line ${marked.from}` : `Copy lines ${marked.from}–${marked.to}`}
        </Button>
      ) : null}
      <span className="grow" />
      <StateWord {...props} />
      <Button size="compact-xs" onClick={props.onTimes} title="Off, clock, since the start (t)">
        {timesWords[props.times]}
      </Button>
      <Button
        size="compact-xs"
        aria-pressed={props.wrap}
        onClick={props.onWrap}
        data-testid="log-wrap"
        title="w"
      >
        {props.wrap ? 'Unwrap lines' : 'Wrap lines'}
      </Button>
      <Button size="compact-xs" onClick={props.onDownload} title="The whole log, as it was written">
        Download
      </Button>
      <span className="hidden-visually" aria-live="polite">
        {find.problem ?? ''}
      </span>
    </div>
  )
}

function StateWord({ state, offlineSince, lineCount }: LogBarProps) {
  if (offlineSince !== null && state !== 'complete') {
    return (
      <span className="lamp-text-waiting" data-testid="log-stale">
        stale since {new Date(offlineSince).toLocaleTimeString()}
      </span>
    )
  }
  if (state === 'growing') return <span className="lamp-text-moving">live</span>
  return <span className="faint">{state === 'reading' ? 'reading' : plural(lineCount, 'line')}</span>
}

function FindBox({ find, findBox, onGoToLine, onLeaveBox }: LogBarProps) {
  function onKey(event: KeyboardEvent<HTMLInputElement>) {
    if (event.key === 'Escape') {
      event.preventDefault()
      if (find.text) find.setText('')
      else onLeaveBox()
    }
    if (event.key !== 'Enter') return
    event.preventDefault()
    const line = /^:(\d{1,9})$/.exec(find.text)
    if (line) onGoToLine(Number(line[1]))
    else find.go(event.shiftKey ? -1 : 1)
  }
  return (
    <>
      <span className="log-find">
        <input
          ref={findBox}
          type="search"
          aria-label="Find in the log"
          placeholder="Find, or :120 for a line"
          value={find.text}
          aria-invalid={find.problem !== null}
          onChange={(event) => find.setText(event.currentTarget.value)}
          onKeyDown={onKey}
          data-testid="log-find"
        />
        <button
          type="button"
          className="log-regex"
          aria-pressed={find.regex}
          aria-label="Regular expression"
          title="Regular expression"
          onClick={() => find.setRegex(!find.regex)}
        >
          .*
        </button>
      </span>
      {find.text && !find.text.startsWith(':') ? (
        <>
          <span
            className={find.problem ? 'lamp-text-stopped cut' : 'muted'}
            title={find.problem ?? undefined}
            aria-live="polite"
            data-testid="log-found"
          >
            {foundWords(find)}
          </span>
          <Button size="compact-xs" onClick={() => find.go(-1)} aria-label="Previous hit" title="N">
            ↑
          </Button>
          <Button size="compact-xs" onClick={() => find.go(1)} aria-label="Next hit" title="n">
            ↓
          </Button>
        </>
      ) : null}
    </>
  )
}

function foundWords(find: Finding): string {
  if (find.problem) return find.problem
  const count = find.lines.length
  if (count === 0) return find.done ? 'nothing found' : 'searching'
  const whole = `${plural(count, 'line')}${find.done ? '' : ' so far'}`
  return find.at === null ? whole : `${find.at + 1} of ${whole}`
}
