import { execFileSync } from 'node:child_process'
import { cpus, totalmem } from 'node:os'

/** What one benchmark found: a table for people, figures for programs, and whether its targets hold. */
export interface BenchResult {
  /** The first row is the head. */
  table: string[][]
  /** By name with the unit at its end: `p50Ms`, `ratio`. */
  figures: Record<string, number>
  /** Each target in words, and whether it holds in this run. */
  targets: { what: string; holds: boolean }[]
}

/** Whether every target of it holds; one without a target proves nothing. */
export function holds({ targets }: Pick<BenchResult, 'targets'>): boolean {
  return targets.length > 0 && targets.every((target) => target.holds)
}

/** The value at a share (0 to 1) of the sorted values; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** The smallest: what the work takes when the machine leaves it alone. */
export function least(values: readonly number[]): number {
  return Math.min(...values)
}

/** Three digits that count. */
export function round(value: number): number {
  return Number(value.toPrecision(3))
}

/** Milliseconds as a cell. */
export function ms(value: number): string {
  return `${round(value)} ms`
}

/** Prints the table, the targets, and the one line of JSON that programs read. */
export function printResult(name: string, result: BenchResult): void {
  const widths = (result.table[0] ?? []).map((_, column) =>
    Math.max(...result.table.map((row) => (row[column] ?? '').length)),
  )
  process.stdout.write(`\n${name}\n`)
  for (const row of result.table) {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
    )
    process.stdout.write(`  ${cells.join('  ')}\n`)
  }
  for (const { what, holds } of result.targets)
    process.stdout.write(`  ${holds ? 'holds ' : 'MISSED'}  ${what}\n`)
  const figures = Object.fromEntries(
    Object.entries(result.figures).map(([key, value]) => [key, round(value)]),
  )
  process.stdout.write(`${JSON.stringify({ name, figures, machine: machine(), commit: commit() })}\n`)
}

function machine(): string {
  const all = cpus()
  const memoryGb = Math.round(totalmem() / 2 ** 30)
  return `${all.length} x ${all[0]?.model.trim() ?? 'unknown'}, ${memoryGb} GB, ${process.platform} ${process.arch}, Node ${process.version}`
}

/** The commit that ran; `+` when the tree held more than it. */
function commit(): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8' }).trim()
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no') !== ''
    return `${git('rev-parse', '--short=12', 'HEAD')}${changed ? '+' : ''}`
  } catch {
    return 'unknown'
  }
}
