import '@xterm/xterm/css/xterm.css'
import { Button } from '@mantine/core'
import { FitAddon } from '@xterm/addon-fit'
import { Terminal as Xterm } from '@xterm/xterm'
import { useEffect, useRef, useState } from 'react'
import css from './shell.module.css'
import { openShellSocket, type ShellListener } from './shell-socket.ts'

type End = Parameters<ShellListener['end']>[0]

interface TerminalProps {
  job: string
  onClose: () => void
  /** The shell said its last words. */
  onEnd: () => void
}

/** A terminal with a shell in the state of a job; the shell ends when it goes. */
export default function Terminal({ job, onClose, onEnd }: TerminalProps) {
  const place = useRef<HTMLDivElement>(null)
  const [ready, setReady] = useState(false)
  const [end, setEnd] = useState<End | null>(null)
  const [round, setRound] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another round is another shell
  useEffect(() => {
    if (!place.current) return
    setReady(false)
    setEnd(null)
    return startTerminal(place.current, job, {
      ready: () => setReady(true),
      end(how) {
        setEnd(how)
        onEnd()
      },
    })
  }, [job, round])
  return (
    <div className={css.shell}>
      <div className={css.screen} ref={place} data-testid="shell-screen" data-ready={ready} />
      {end ? (
        <div className={css.end} role={end.failed ? 'alert' : 'status'} data-testid="shell-end">
          <p className="grow">
            {end.text} {end.hint}
          </p>
          <Button onClick={() => setRound(round + 1)}>Open it again</Button>
          <Button onClick={onClose}>Close</Button>
        </div>
      ) : (
        <p className={css.note} role="status">
          {ready ? 'No network, no secrets. What you change here goes with the shell.' : 'Opening a shell…'}
        </p>
      )}
    </div>
  )
}

function startTerminal(
  element: HTMLElement,
  job: string,
  hear: Pick<ShellListener, 'ready' | 'end'>,
): () => void {
  const terminal = new Xterm({
    fontFamily: getComputedStyle(element).getPropertyValue('--mono') || 'monospace',
    fontSize: 13,
    scrollback: 5000,
    screenReaderMode: true,
    theme: { background: '#101113', foreground: '#ecedef', cursor: '#ecedef' },
  })
  const fit = new FitAddon()
  terminal.loadAddon(fit)
  terminal.open(element)
  fit.fit()
  const size = { columns: terminal.cols, rows: terminal.rows }
  const socket = openShellSocket(job, size, {
    output: (bytes) => terminal.write(bytes),
    ready() {
      hear.ready()
      terminal.focus()
    },
    end(how) {
      terminal.options.disableStdin = true
      hear.end(how)
    },
  })
  const keys = terminal.onData((text) => socket.keys(text))
  const resized = terminal.onResize(({ cols, rows }) => socket.resize(cols, rows))
  const watcher = new ResizeObserver(() => fit.fit())
  watcher.observe(element)
  return () => {
    watcher.disconnect()
    keys.dispose()
    resized.dispose()
    socket.close()
    terminal.dispose()
  }
}
