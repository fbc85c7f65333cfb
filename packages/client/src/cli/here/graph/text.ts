import { plainLine, type Style } from '../../style.ts'
import { type GraphJob, legLines } from './model.ts'

/** The graph for a terminal: one block for each level, a job with what it needs and its legs. */
export function graphText(jobs: readonly GraphJob[], style: Style): string {
  const levels = Map.groupBy(jobs, (job) => job.level)
  const blocks = [...levels.values()].map((level) => level.map((job, at) => jobText(job, at, level, style)))
  return blocks.map((block) => block.join('')).join(`  ${style.dim('│')}\n`)
}

function jobText(job: GraphJob, at: number, level: readonly GraphJob[], style: Style): string {
  const last = at === level.length - 1
  const branch = level.length === 1 ? '●' : at === 0 ? '┬' : last ? '└' : '├'
  const after = job.needs.length > 0 ? style.dim(`  ← ${job.needs.map(plainLine).join(', ')}`) : ''
  const line = `  ${style.dim(branch)} ${style.bold(plainLine(job.key))}${after}\n`
  const stem = last ? ' ' : '│'
  const legs = legLines(job.legs, 12).map(
    (leg) => `  ${style.dim(stem)}   ${style.dim('·')} ${plainLine(leg)}\n`,
  )
  return line + legs.join('')
}
