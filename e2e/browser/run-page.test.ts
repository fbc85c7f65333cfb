import { openBrowser } from '@signalbox/testing/browser.ts'
import { type Platform, startPlatform, until } from '@signalbox/testing/platform.ts'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addProject, give, settled } from '../small-project.ts'
import { seriousFaults } from './serious-faults.ts'

const workflow = `on: workflow_dispatch
jobs:
  build:
    runs-on: linux
    steps:
      - name: Print much
        run: |
          echo "::group::Numbers"
          seq 1 3000
          echo "::endgroup::"
          printf '\\033[31mred needle\\033[0m at https://example.com/help\\n'
          echo "::error file=src/a.js,line=3::It broke"
  lint:
    runs-on: linux
    steps:
      - run: echo lint
  deploy:
    runs-on: linux
    needs: [build, lint]
    steps:
      - run: echo deploy
`

const long = `on: workflow_dispatch
jobs:
  test:
    runs-on: linux
    steps:
      - run: sleep 600
      - if: always()
        run: sleep 600
`

let platform: Platform
let browser: Browser
let page: Page
let runUrl = ''
const errors: string[] = []
const at = (id: string) => page.locator(`[data-testid="${id}"]`)

beforeAll(async () => {
  platform = await startPlatform()
  await addProject(platform, {
    name: 'pages',
    files: {
      'README.md': '# Small\n',
      'told.txt': '',
      '.signalbox/workflows/graph.yml': workflow,
      '.signalbox/workflows/long.yml': long,
    },
    settings: {
      agent: { driver: 'exec', command: 'cat "$SIGNALBOX_GOAL_FILE" >> told.txt', timeoutMinutes: 1 },
      validation: { testCommand: 'true', maxRetries: 0 },
      autoMerge: false,
    },
  })
  const started = await platform.call('createRun', {
    params: { project: 'pages' },
    body: { workflow: 'graph.yml' },
  })
  await until(
    async () => (await platform.call('getRun', { params: { run: started.id } })).status === 'completed',
    120_000,
    () => 'the run did not end',
  )
  runUrl = `http://127.0.0.1:${platform.port}/runs/${started.id}`
  browser = await openBrowser()
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  page = await context.newPage()
  page.on('pageerror', (error) => errors.push(error.message))
  await page.goto(platform.url)
  await at('project-card').first().waitFor()
})

afterAll(async () => {
  await browser?.close()
  await platform?.destroy()
})

async function openLog(place = ''): Promise<void> {
  await page.goto('about:blank')
  await page.goto(runUrl + place)
  await page.locator('[data-testid="log"][data-state="complete"] [data-n]').first().waitFor()
}

async function expectAccessible(where: string): Promise<void> {
  expect((await seriousFaults(page)).map((fault) => `${where}: ${fault}`)).toEqual([])
}

describe('a log', () => {
  test('folds its groups, finds in what is folded and goes from hit to hit', async () => {
    await openLog('?job=build')
    const group = page.locator('.log-group')
    await group.waitFor()
    expect(await group.getAttribute('aria-expanded')).toBe('false')
    await page.keyboard.press('/')
    await at('log-find').fill('299')
    await at('log-found').getByText('13 lines').waitFor()
    await page.keyboard.press('Enter')
    await page.locator('.log-line.is-marked').getByText('299', { exact: true }).waitFor()
    expect(await group.count()).toBeLessThanOrEqual(1)
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    await page.keyboard.press('e')
    await page.locator('.log-line.is-error.is-marked').getByText('Error: It broke (src/a.js:3)').waitFor()
  })

  test('an expression finds too, and one that is none says so', async () => {
    await openLog('?job=build')
    await page.getByRole('button', { name: 'Regular expression' }).click()
    await at('log-find').fill('^red need.e')
    await at('log-found').getByText('1 line').waitFor()
    await at('log-find').fill('(')
    await at('log-found')
      .getByText(/regular expression/i)
      .waitFor()
  })

  test('a link to lines opens at them, and what it prints is no markup but a safe link', async () => {
    await openLog('?job=build#L2000-L2003')
    await page.locator('.log-line.is-marked').nth(3).waitFor()
    expect(await page.locator('.log-line.is-marked').count()).toBe(4)
    await at('log-copy').getByText('Copy lines 2000–2003').waitFor()
    await page.keyboard.press('G')
    const link = page.locator('a.log-link')
    await link.waitFor()
    expect(await link.getAttribute('rel')).toContain('noopener')
    await page.locator('a[data-line="3003"]').first().waitFor()
    await expectAccessible('log')
  })
})

describe('a run', () => {
  test('is a graph of its jobs, by keyboard, and back goes back', async () => {
    await openLog()
    const graph = at('run-graph')
    await graph.locator('[data-node="build"][aria-pressed="true"]').focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Enter')
    await graph.locator('[data-node="deploy"][aria-pressed="true"]').waitFor()
    expect(page.url()).toContain('job=deploy')
    await page.goBack()
    await graph.locator('[data-node="build"][aria-pressed="true"]').waitFor()
    await expectAccessible('graph')
  })

  test('is a waterfall with its critical path', async () => {
    await page.goto(`${runUrl}?tab=waterfall`)
    await at('waterfall').locator('[data-critical="true"]').getByText('deploy').waitFor()
    expect(await at('waterfall').locator('[data-critical]').count()).toBe(3)
    await expectAccessible('waterfall')
    await page.setViewportSize({ width: 390, height: 844 })
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(overflow).toBeLessThanOrEqual(0)
    await page.setViewportSize({ width: 1440, height: 900 })
  })
})

test('a comment on a line reaches the agent, which acts on it', async () => {
  const change = await give(platform, 'pages', 'Write this down', 'auto')
  await platform.waitForChange(change.id, settled)
  await page.goto(`http://127.0.0.1:${platform.port}/changes/${change.id}`)
  await at('change-page').waitFor()
  const toggle = at('section-toggle-pull-request')
  if ((await toggle.getAttribute('aria-expanded')) === 'false') await toggle.click()
  await at('diff').waitFor()
  await page.getByRole('button', { name: 'Comment on line 1' }).first().click()
  await at('comment-input').fill('Say it louder, <b>please</b>.')
  await at('comment-save').click()
  await page.locator('[data-testid="comment"][data-state="open"]').waitFor()
  await expectAccessible('diff')
  await at('comments-send').click()
  await page.locator('[data-testid="comment"][data-state="sent"]').first().waitFor()
  await until(
    async () => {
      const { agentRun } = await platform.call('getChange', { params: { change: change.id } })
      return (agentRun?.turn ?? 0) >= 2
    },
    60_000,
    () => 'the agent was not told',
  )
  const after = await platform.waitForChange(change.id, settled)
  const said =
    after.agentRun?.conversation.filter((entry) => entry.role === 'person' && entry.turn === 2) ?? []
  expect(said).toHaveLength(1)
  expect(said[0]?.text).toContain('Say it louder, <b>please</b>.')
  expect(said[0]?.text).toContain('told.txt')
  const { diff } = await platform.call('getChangeDiff', { params: { change: change.id } })
  expect(diff).toContain('Say it louder')
})

test('a run is cancelled from its page, and what still runs then is ended by force', async () => {
  const started = await platform.call('createRun', {
    params: { project: 'pages' },
    body: { workflow: 'long.yml' },
  })
  const steps = async () => (await platform.call('getRun', { params: { run: started.id } })).jobs[0]?.steps
  const runs = (number: number) => async () => (await steps())?.[number]?.status === 'in_progress'
  await until(runs(0), 60_000)
  await page.goto(`http://127.0.0.1:${platform.port}/runs/${started.id}`)
  await page.getByRole('button', { name: 'Cancel the run' }).click()
  await at('confirm-button').click()
  await until(runs(1), 60_000)
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'End it now' }).click()
  await page.getByText('what is to run after that still runs').waitFor()
  await expectAccessible('end it now')
  await at('confirm-button').click()
  await until(
    async () => (await platform.call('getRun', { params: { run: started.id } })).conclusion === 'cancelled',
    60_000,
  )
  await expect.poll(() => page.getByRole('button', { name: 'End it now' }).count()).toBe(0)
})

test('nothing went wrong on any page', () => {
  expect(errors).toEqual([])
})
