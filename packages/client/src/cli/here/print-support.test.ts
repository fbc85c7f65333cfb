import { supportTable } from '@signalbox/core/workflow/support/table.ts'
import { expect, test } from 'vitest'
import { createCli } from '../cli.ts'
import { createStyle } from '../style.ts'
import { printSupport } from './print-support.ts'

/** What is printed, as text or as JSON. */
function printed(json: boolean): string {
  let text = ''
  const cli = createCli(new AbortController().signal)
  const out = (added: string) => {
    text += added
  }
  printSupport({ ...cli, out, json: (value) => out(JSON.stringify(value)), style: createStyle(false) }, json)
  return text
}

test('the support table is printed whole, as text and as JSON', () => {
  const rows = supportTable()
  const lines = printed(false).split('\n')
  for (const row of rows) {
    const line = lines.find((one) => one.trim().split(/\s+/)[0] === row.name && one.includes(row.how))
    expect(line, row.name).toContain(row.note)
  }
  expect(JSON.parse(printed(true))).toEqual(rows)
})
