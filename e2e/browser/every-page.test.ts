import { AxeBuilder } from '@axe-core/playwright'
import { openBrowser } from '@signalbox/testing/browser.ts'
import { type Platform, startPlatform, until } from '@signalbox/testing/platform.ts'
import type { Browser, Page, WebSocketRoute } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addProject, give, settled } from '../small-project.ts'

const workflow = `on: workflow_dispatch
jobs:
  build:
    runs-on: linux
    steps:
      - run: |
          echo "::warning file=src/a.js,line=3::It is long"
          echo "It went **well**" >> "$GITHUB_STEP_SUMMARY"
  deploy:
    runs-on: linux
    needs: build
    steps:
      - run: echo deploy
`

let platform: Platform
let browser: Browser
let page: Page
const ids = { run: '', change: '' }
const errors: string[] = []
/** The open live sockets, and whether new ones may open. */
const line = { sockets: new Set<WebSocketRoute>(), up: true }
const at = (id: string) => page.locator(`[data-testid="${id}"]`)
const go = async (path: string) => {
  await page.goto(`http://127.0.0.1:${platform.port}${path}`)
}

beforeAll(async () => {
  platform = await startPlatform()
  await addProject(platform, {
    name: 'every',
    files: { 'README.md': '# Small\n', 'told.txt': '', '.signalbox/workflows/two.yml': workflow },
    settings: {
      autoMerge: false,
      agent: { driver: 'exec', command: 'cat "$SIGNALBOX_GOAL_FILE" >> told.txt', timeoutMinutes: 1 },
      validation: { testCommand: 'true', maxRetries: 0 },
    },
  })
  const run = await platform.call('createRun', {
    params: { project: 'every' },
    body: { workflow: 'two.yml' },
  })
  ids.run = run.id
  ids.change = (await give(platform, 'every', 'Write this down', 'auto')).id
  await platform.waitForChange(ids.change, settled)
  await until(
    async () => (await platform.call('getRun', { params: { run: ids.run } })).status === 'completed',
    120_000,
    () => 'the run did not end',
  )
  browser = await openBrowser()
  page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage()
  page.on('pageerror', (error) => errors.push(error.message))
  await page.routeWebSocket(/\/api\/live/, (socket) => {
    if (!line.up) return void socket.close()
    line.sockets.add(socket)
    socket.connectToServer()
  })
  await page.goto(platform.url)
  await at('project-card').first().waitFor()
})

afterAll(async () => {
  await browser?.close()
  await platform?.destroy()
})

/** Every address of the dashboard; `:run` and `:change` are filled in. */
const paths = [
  '/',
  '/inbox',
  '/changes',
  '/changes?project=every',
  '/changes/:change',
  '/runs',
  '/runs?project=every',
  '/runs/:run',
  '/runs/:run?tab=results',
  '/runs/:run?tab=waterfall',
  '/runs/:run?tab=workflow',
  '/runs/:run?tab=network',
  '/insights',
  '/insights?project=every&days=7',
  '/environments',
  ...['general', 'repository', 'agent', 'validation', 'deployment'].map(settingsTab),
  ...['secrets', 'members', 'sandbox', 'snapshots'].map(settingsTab),
  '/account',
  '/account/tokens',
  '/account/browser',
  '/system',
  '/system/workers',
  '/system/snapshots',
  '/system/retention',
  '/system/people',
  '/system/audit',
  '/no/such/page',
]

function settingsTab(tab: string): string {
  return `/projects/every/settings?tab=${tab}`
}

const sizes = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } }

/** Waits until no part of the page shows the shape of what is to come. */
async function drawn(): Promise<void> {
  await page.locator('main :is(h1, h2)').first().waitFor()
  await page.waitForFunction(() => !document.querySelector('[role="status"][aria-label="Loading"], .bone'))
}

/** What a tool can find wrong; colours differ between the schemes, the rest does not. */
async function faults(where: string, only?: string[]): Promise<string[]> {
  const builder = new AxeBuilder({ page })
  const { violations } = await (only ? builder.withRules(only) : builder).analyze()
  return violations.map(({ id, nodes }) => `${where}: ${id}: ${nodes.map((node) => node.html).join(' ')}`)
}

describe('every page', () => {
  test.each(paths)(
    '%s reads well, wide and narrow, light and dark, and never scrolls sideways',
    async (path) => {
      await page.setViewportSize(sizes.wide)
      await go(path.replace(':run', ids.run).replace(':change', ids.change))
      await drawn()
      const found: string[] = []
      for (const [size, viewport] of Object.entries(sizes)) {
        await page.setViewportSize(viewport)
        await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
        found.push(...(await faults(`${size}, light`)))
        await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
        found.push(...(await faults(`${size}, dark`, ['color-contrast'])))
        const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
        if (over > 0) found.push(`${size}: ${over} px wider than the window`)
      }
      expect(found).toEqual([])
    },
  )
})

/** The main pages, and the request without which each has nothing to show. */
const reads: [path: string, request: string][] = [
  ['/', '/api/projects'],
  ['/inbox', '/api/inbox'],
  ['/changes', '/api/changes?*'],
  ['/changes/:change', '/api/changes/*'],
  ['/runs', '/api/runs?*'],
  ['/runs/:run', '/api/runs/*'],
  ['/environments', '/api/projects'],
  ['/projects/every/settings', '/api/projects/every'],
  ['/system', '/api/system'],
  ['/system/people', '/api/users'],
  ['/account', '/api/account'],
]

describe('a server in trouble', () => {
  test.each(reads)('%s says what went wrong and tries again when told', async (path, request) => {
    await page.setViewportSize(sizes.wide)
    const url = `http://127.0.0.1:${platform.port}${request}`
    await page.route(url, (route) =>
      route.fulfill({
        status: 500,
        contentType: 'application/problem+json',
        body: JSON.stringify({
          type: 'about:blank',
          title: 'The database does not answer',
          status: 500,
          detail: 'PostgreSQL refused the connection.',
          code: 'database-down',
          hint: 'Run "signalbox doctor".',
        }),
      }),
    )
    await go(path.replace(':run', ids.run).replace(':change', ids.change))
    const told = page.locator('main').getByRole('alert')
    await told.getByText('PostgreSQL refused the connection.').first().waitFor()
    await told.getByText('Run "signalbox doctor".').first().waitFor()
    expect(await faults('error')).toEqual([])
    await page.unroute(url)
    await told.getByRole('button', { name: 'Try again' }).first().click()
    await told.first().waitFor({ state: 'detached' })
    await drawn()
  })

  test('a page that an answer breaks leaves the frame standing, and reads anew when told', async () => {
    const url = `http://127.0.0.1:${platform.port}/api/runs?*`
    await page.route(url, (route) => route.fulfill({ json: { not: 'a list' } }))
    await go('/runs')
    await at('page-fault').getByRole('heading', { name: 'This page broke' }).waitFor()
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Inbox' }).waitFor()
    expect(await faults('broken')).toEqual([])
    await page.unroute(url)
    await at('page-fault').getByRole('button', { name: 'Try again' }).click()
    await at('page-fault').waitFor({ state: 'detached' })
    await drawn()
  })

  test('a line that is cut is said on every page, and the page catches up by itself', async () => {
    await go('/changes')
    await drawn()
    line.up = false
    for (const socket of line.sockets) await socket.close()
    line.sockets.clear()
    await at('offline-banner')
      .getByText(/No connection to the server since/)
      .waitFor()
    expect(await faults('offline')).toEqual([])
    // What was read stays to be read.
    await page
      .getByRole('link', { name: /Write this down/ })
      .first()
      .waitFor()
    const before = await give(platform, 'every', 'Given while nobody could hear of it', 'auto')
    line.up = true
    await at('offline-banner').waitFor({ state: 'detached' })
    await page
      .getByRole('link', { name: new RegExp(`#${before.number}\\b`) })
      .first()
      .waitFor()
  })

  test('nothing broke on any page', () => {
    expect(errors).toEqual([])
  })
})
