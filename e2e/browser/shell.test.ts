import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openBrowser } from '@signalbox/testing/browser.ts'
import { type Platform, startPlatform, until } from '@signalbox/testing/platform.ts'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addProject } from '../small-project.ts'
import { seriousFaults } from './serious-faults.ts'

const workflow = `on: workflow_dispatch
jobs:
  build:
    runs-on: linux
    steps:
      - name: Install
        run: mkdir -p modules && echo left-by-the-install > modules/trace.txt
      - name: Test
        run: |
          echo testing
          exit 7
`

let platform: Platform
let browser: Browser
let page: Page
let runUrl = ''
let job = ''
const errors: string[] = []
const at = (id: string) => page.locator(`[data-testid="${id}"]`)

beforeAll(async () => {
  platform = await startPlatform()
  await addProject(platform, {
    name: 'broken',
    files: { 'README.md': '# Small\n', '.signalbox/workflows/fails.yml': workflow },
  })
  const body = { workflow: 'fails.yml' }
  const started = await platform.call('createRun', { params: { project: 'broken' }, body })
  await until(
    async () => (await platform.call('getRun', { params: { run: started.id } })).status === 'completed',
    120_000,
    () => 'the run did not end',
  )
  const run = await platform.call('getRun', { params: { run: started.id } })
  job = run.jobs[0]?.id ?? ''
  runUrl = `http://127.0.0.1:${platform.port}/runs/${started.id}`
  browser = await openBrowser()
  page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage()
  page.on('pageerror', (error) => errors.push(error.message))
  await page.goto(platform.url)
  await at('project-card').first().waitFor()
})
afterAll(async () => {
  await browser?.close()
  await platform?.destroy()
})

/** The newest lines of the terminal, as a screen reader has them too. */
async function screen(): Promise<string> {
  return (await at('shell-screen').locator('.xterm-rows > div').allInnerTexts())
    .map((line) => line.replaceAll('\u00a0', ' ').trimEnd())
    .join('\n')
}

async function shows(text: RegExp): Promise<string> {
  let seen = ''
  await until(
    async () => {
      seen = await screen()
      return text.test(seen)
    },
    30_000,
    () => seen,
  )
  return seen
}

async function type(line: string): Promise<void> {
  await page.keyboard.type(line)
  await page.keyboard.press('Enter')
}

async function openShell(): Promise<void> {
  await at('shell-open').click()
  await page.locator('[data-testid="shell-screen"][data-ready="true"]').waitFor()
  await shows(/\/workspace \$/)
}

async function noShellLeft(): Promise<void> {
  let left: string[] = []
  await until(
    async () => {
      left = (await readdir(join(platform.dataDir, 'sandboxes'))).filter((name) => name.startsWith('shell-'))
      return left.length === 0
    },
    20_000,
    () => left.join('\n'),
  )
}

test('the page of a run that failed opens a shell where it failed, which ends with exit', async () => {
  await page.goto(runUrl)
  await at('shell-offer').getByText('as “Test” left it').waitFor()
  await openShell()
  await type('cat modules/trace.txt')
  await shows(/^left-by-the-install$/m)
  await type('env | grep -ciE "token|secret|password"; echo none-$((1+1))')
  expect(await shows(/^none-2$/m)).toMatch(/^0$/m)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    expect(await seriousFaults(page)).toEqual([])
  }
  await type('exit 3')
  await at('shell-end').getByText('The shell ended with 3.').waitFor()
  await noShellLeft()
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
  await at('shell-last').getByText('Your last shell here ended with 3').waitFor()
  // The focus is where it was: on the button that opened the shell.
  await until(
    async () =>
      (await page.evaluate(() => document.activeElement?.getAttribute('data-testid'))) === 'shell-open',
    5000,
  )
})

test('the terminal takes the size of the window, and what was done in a fork is in no other', async () => {
  await openShell()
  await type('cat modules/trace.txt; echo poison > modules/trace.txt; stty size')
  const before = await shows(/^\d+ \d+$/m)
  expect(before).toContain('left-by-the-install')
  const size = /^(\d+) (\d+)$/m.exec(before)
  await page.setViewportSize({ width: 800, height: 600 })
  let narrow: RegExpExecArray | null = null
  await until(
    async () => {
      await type('clear; stty size')
      narrow = /^(\d+) (\d+)$/m.exec(await shows(/^\d+ \d+$/m))
      return Number(narrow?.[2]) < Number(size?.[2]) && Number(narrow?.[1]) < Number(size?.[1])
    },
    20_000,
    () => `${size?.[0]} → ${narrow?.[0]}`,
  )
  await page.setViewportSize({ width: 1440, height: 900 })
})

test('a reload ends the shell, and the page says what happened', async () => {
  expect((await platform.call('getShell', { params: { job } })).last).toMatchObject({ open: true })
  await page.reload()
  await at('shell-last').getByText('Your last shell here was ended: The terminal was closed').waitFor()
  await noShellLeft()
  await openShell()
  await type('cat modules/trace.txt')
  await shows(/^left-by-the-install$/m)
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).first().click()
  await noShellLeft()
  expect(errors).toEqual([])
})
