import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { allCommands } from './check-command.ts'
import { apiPage } from './print-api.ts'
import { cliPage } from './print-cli.ts'
import { workflowSupportPage } from './print-workflow-support.ts'

test.each([
  { file: 'api.md', printed: apiPage },
  { file: 'cli.md', printed: cliPage },
  { file: 'workflow-support.md', printed: workflowSupportPage },
])('docs/reference/$file is what the code says', async ({ file, printed }) => {
  const path = join(import.meta.dirname, '..', '..', 'docs', 'reference', file)
  if (process.env['UPDATE_GOLDEN']) await writeFile(path, printed())
  expect(await readFile(path, 'utf8')).toBe(printed())
})

test('the page of commands has every command', () => {
  const page = cliPage()
  expect(allCommands().filter((command) => !page.includes(`| \`signalbox ${command}`))).toEqual([])
})
