import { duration, table } from '../../format.ts'
import { progress } from '../../lamps.ts'
import { plainLine, type Style } from '../../style.ts'
import type { LiveJob, LiveRun, LiveStep } from './live-state.ts'

/** What a frame is drawn on. */
export interface Canvas {
  columns: number
  rows: number
  now: number
  style: Style
}

const tailLines = 3

/** The lines of the live tree, none wider than the terminal and no more than fit: what runs comes before what is over. */
export function frame(run: LiveRun, canvas: Canvas): string[] {
  const { style, now, rows } = canvas
  const jobs = [...run.jobs.values()]
  const running = jobs.filter((job) => job.status === 'running')
  const failed = jobs.filter((job) => job.conclusion === 'failure' || job.conclusion === 'timed_out')
  const done = jobs.filter((job) => job.status === 'done' && !failed.includes(job))
  const queued = jobs.filter((job) => job.status === 'queued')
  const room = Math.max(3, rows - 1)
  const hint = run.stopping ? style.yellow('stopping; Ctrl-C again ends it at once') : ''
  const head = fit(`${style.bold(run.title)}  ${style.dim(duration(now - run.startedAt))}  ${hint}`, canvas)
  const foot = footOf({ done: done.length, failed: failed.length, queued: queued.length }, canvas)
  const space = room - 1 - foot.length
  const lines: string[] = []
  for (const tail of [tailLines, 1, 0]) {
    lines.splice(0, lines.length, ...failed.map((job) => jobLine(job, canvas)))
    for (const job of running) lines.push(...runningLines(job, tail, canvas))
    if (lines.length <= space) break
  }
  const over = space - lines.length
  const doneLines = done.slice(-Math.max(0, over)).map((job) => jobLine(job, canvas))
  const shown = over > 0 ? [...doneLines, ...lines] : lines.slice(0, Math.max(0, space))
  return [head, ...shown, ...foot]
}

function footOf(count: { done: number; failed: number; queued: number }, canvas: Canvas): string[] {
  const { style } = canvas
  const parts = [
    ...(count.done > 0 ? [style.green(`${count.done} done`)] : []),
    ...(count.failed > 0 ? [style.red(`${count.failed} failed`)] : []),
    ...(count.queued > 0 ? [style.dim(`${count.queued} waiting`)] : []),
  ]
  return parts.length > 0 ? [fit(parts.join(style.dim(' · ')), canvas)] : []
}

function jobLine(job: LiveJob, canvas: Canvas): string {
  const took = job.durationMs > 0 ? ` ${canvas.style.dim(duration(job.durationMs))}` : ''
  const why = job.reason ? `: ${plainLine(job.reason)}` : ''
  return fit(
    `${progress('completed', job.conclusion ?? 'skipped', canvas.style)} ${plainLine(job.key)}${took}${why}`,
    canvas,
  )
}

function runningLines(job: LiveJob, tail: number, canvas: Canvas): string[] {
  const { style, now } = canvas
  const [step, ...others] = job.steps.filter((one) => one.conclusion === undefined)
  const past = job.steps.length - 1 - others.length
  const count = past > 0 ? style.dim(` ${past} steps done`) : ''
  const head = `${style.blue('>')} ${style.bold(plainLine(job.key))} ${style.dim(duration(now - job.startedAt))}${count}`
  const steps = step ? [step, ...others] : []
  return [fit(head, canvas), ...steps.flatMap((one) => stepLines(one, tail, canvas))]
}

function stepLines(step: LiveStep, tail: number, canvas: Canvas): string[] {
  const { style, now } = canvas
  const head = `  ▸ ${step.number} ${plainLine(step.name)} ${style.dim(duration(now - step.startedAt))}`
  const lines = tail > 0 ? step.tail.slice(-tail) : []
  return [fit(head, canvas), ...lines.map((line) => fit(`    ${style.dim(plainLine(line))}`, canvas))]
}

/** What is said when all is over: failures first with the end of their logs, then every job. */
export function closing(run: LiveRun, { style, now }: Pick<Canvas, 'style' | 'now'>): string {
  const jobs = [...run.jobs.values()]
  const failures = jobs.filter((job) => job.conclusion === 'failure' || job.conclusion === 'timed_out')
  const told = failures.map((job) => {
    const why = job.reason ? `: ${plainLine(job.reason)}` : ''
    const steps = job.steps.filter((step) => step.conclusion === 'failure' || step.conclusion === 'timed_out')
    const logs = steps.flatMap((step) => [
      `  ▸ ${step.number} ${plainLine(step.name)}`,
      ...step.tail.map((line) => `    ${style.dim('│')} ${line}`),
    ])
    return `${[`${style.red('✗')} ${style.bold(plainLine(job.key))}${why}`, ...logs].join('\n')}\n\n`
  })
  const rows = jobs.map((job) => [
    progress('completed', job.conclusion ?? 'skipped', style),
    plainLine(job.key),
    job.durationMs > 0 ? style.dim(duration(job.durationMs)) : '',
    job.conclusion === 'skipped' || job.conclusion === 'cancelled'
      ? style.dim(plainLine(job.reason ?? ''))
      : '',
  ])
  const took = style.dim(duration(now - run.startedAt))
  return `${told.join('')}${table(rows)}${style.bold(run.title)} ${took}\n`
}

const marks = /(\u001b\[[0-9;]*m)/

/** A line cut to the width of the terminal; colours take no room, wide characters two places. */
function fit(line: string, { columns }: Canvas): string {
  let room = Math.max(1, columns - 1)
  let shown = ''
  let cut = false
  for (const part of line.split(marks)) {
    if (marks.test(part)) {
      shown += part
      continue
    }
    for (const sign of part) {
      const width = widthOf(sign.codePointAt(0) ?? 0)
      if (cut || width > room) {
        cut = true
        continue
      }
      shown += sign
      room -= width
    }
  }
  return shown
}

/** Two for what most terminals draw over two places. */
function widthOf(code: number): 1 | 2 {
  if (code < 0x1100) return 1
  const wide =
    code <= 0x115f ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0x1f000 && code <= 0x1faff) ||
    code >= 0x20000
  return wide ? 2 : 1
}
