import type { JobReporter } from '@signalbox/engine/job/port.ts'
import type { Cli } from '../../cli.ts'
import { lineText } from '../../commands/log-printer.ts'
import type { LocalReporter } from '../local-reporter.ts'
import { closing, frame } from './frame.ts'
import { addLines, jobIn, type LiveRun } from './live-state.ts'
import type { Screen } from './screen.ts'

const frameMs = 100

/** Shows a run as a tree of jobs and steps that is drawn anew as it goes, then failures first and a table of all jobs. */
export function liveReporter(cli: Cli, screen: Screen): LocalReporter {
  const { style } = cli
  let run: LiveRun | undefined
  let timer: NodeJS.Timeout | undefined
  const draw = () => {
    if (!run) return
    run.stopping = cli.signal.aborted
    screen.draw(frame(run, { columns: screen.columns, rows: screen.rows, now: cli.now(), style }))
  }
  function job(key: string): JobReporter {
    const one = run && jobIn(run, key)
    if (one) Object.assign(one, { status: 'running', startedAt: cli.now() })
    const stepOf = (number: number) => one?.steps.find((step) => step.number === number)
    return {
      async stepStarted({ number, name }) {
        const open = { conclusion: undefined, durationMs: 0, reason: undefined, tail: [] }
        one?.steps.push({ number, name, startedAt: cli.now(), ...open })
      },
      async log(number, lines) {
        const step = stepOf(number)
        if (step)
          addLines(
            step,
            lines.map((line) => lineText(cli, line)),
          )
      },
      async stepCompleted({ number, conclusion, durationMs, reason }) {
        const step = stepOf(number)
        if (step) Object.assign(step, { conclusion, durationMs, reason })
        // Of what went well nothing is shown again.
        if (step && conclusion !== 'failure' && conclusion !== 'timed_out') step.tail = []
      },
    }
  }
  return {
    begin({ workflow }) {
      run = { title: workflow.file, startedAt: cli.now(), jobs: new Map(), stopping: false }
      for (const one of workflow.jobs) if (!one.strategy?.matrix) jobIn(run, one.key)
      draw()
      timer = setInterval(draw, frameMs)
    },
    job,
    async jobCompleted(key, { conclusion, reason }) {
      const one = run && jobIn(run, key)
      if (!one) return
      const durationMs = one.status === 'running' ? Math.max(1, cli.now() - one.startedAt) : 0
      Object.assign(one, { status: 'done', conclusion, reason, durationMs })
    },
    end() {
      clearInterval(timer)
      screen.clear()
      if (run) cli.out(closing(run, { style, now: cli.now() }))
      run = undefined
    },
  }
}
