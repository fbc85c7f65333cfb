import { type SupportRow, supportKinds, supportTable } from '@signalbox/core/workflow/support/table.ts'
import type { Cli } from '../cli.ts'

/** `lint --support`: a line for each word of the language, by kind; as JSON the rows of the table. */
export function printSupport(cli: Cli, json: boolean): void {
  const rows = supportTable()
  if (json) {
    cli.json(rows)
    return
  }
  for (const kind of supportKinds) {
    const group = rows.filter((row) => row.kind === kind)
    const widest = Math.max(...group.map((row) => row.name.length))
    cli.out(`${cli.style.bold(`${kind}s (${group.length})`)}\n`)
    for (const row of group) cli.out(`  ${row.name.padEnd(widest)}  ${wordOf(cli, row)}\n`)
    cli.out('\n')
  }
  const count = (how: SupportRow['how']) => rows.filter((row) => row.how === how).length
  cli.out(`${count('works')} work, ${count('differs')} differ, ${count('refused')} are refused.\n`)
}

function wordOf(cli: Cli, row: SupportRow): string {
  if (row.how === 'works') return cli.style.green('works')
  const word = row.how === 'differs' ? cli.style.yellow('differs') : cli.style.red('refused')
  return `${word}: ${row.note}`
}
