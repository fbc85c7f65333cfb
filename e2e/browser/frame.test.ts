import { openBrowser } from '@signalbox/testing/browser.ts'
import { type Platform, startPlatform, until } from '@signalbox/testing/platform.ts'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addProject } from '../small-project.ts'
import { seriousFaults } from './serious-faults.ts'

let platform: Platform
let browser: Browser
let page: Page
const errors: string[] = []
const at = (id: string) => page.locator(`[data-testid="${id}"]`)
const base = () => `http://127.0.0.1:${platform.port}`

beforeAll(async () => {
  platform = await startPlatform()
  await addProject(platform, { name: 'quayside' })
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

describe('the frame', () => {
  test('the project selector finds a project by typing, and the lists follow it', async () => {
    await at('project-switch').click()
    await page.keyboard.type('quay')
    await page.getByRole('option', { name: /quayside/ }).waitFor()
    expect(await page.getByRole('option', { name: /Sample/ }).count()).toBe(0)
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/changes\?project=quayside/)
    expect(await at('project-switch').textContent()).toContain('quayside')
  })

  test('the palette reaches pages, and objects that only the server knows', async () => {
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Go to' }).fill('audit')
    await page.getByRole('option', { name: /Audit/i }).first().waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL(/audit/)
    await at('audit-list').waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Go to' }).fill('quayside')
    await page.getByRole('option', { name: /Give quayside a goal/ }).waitFor()
    await page.keyboard.press('Escape')
    expect(await seriousFaults(page)).toEqual([])
  })

  test('the first load in a new browser is small, and from this server alone', async () => {
    // How long it takes is measured by the benchmark "dashboard"; this is what makes it short.
    const state = await page.context().storageState()
    const fresh = await browser.newContext({ storageState: state })
    const first = await fresh.newPage()
    const asked: string[] = []
    let scriptBytes = 0
    const sized: Promise<void>[] = []
    first.on('requestfinished', (request) => {
      asked.push(`${request.method()} ${request.url()}`)
      if (request.resourceType() !== 'script') return
      sized.push(
        request.sizes().then(({ responseBodySize }) => {
          scriptBytes += responseBodySize
        }),
      )
    })
    await first.goto(base())
    await first.locator('[data-testid="project-card"]').first().waitFor()
    await first.waitForLoadState('networkidle')
    await Promise.all(sized)
    expect(asked.filter((one) => !one.includes(base()) && !one.includes('data:'))).toEqual([])
    // What changed between the page and its live channel is asked for once more, never oftener.
    const times = Map.groupBy(asked, (one) => one)
    expect([...times].filter(([, all]) => all.length > 2).map(([one]) => one)).toEqual([])
    expect(scriptBytes).toBeGreaterThan(50_000)
    expect(scriptBytes).toBeLessThan(300_000)
    await fresh.close()
  })

  test('the inbox is empty in words, and opens by its keys', async () => {
    await page.goto(base())
    await at('project-card').first().waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('i')
    await page.waitForURL(/\/inbox/)
    await page.getByText('Nothing waits for you').waitFor()
    expect(await seriousFaults(page)).toEqual([])
  })
})

test('a page that the server turns away says that others are open, and keeps what it shows', async () => {
  const context = await browser.newContext({ storageState: await page.context().storageState() })
  const turnedAway = await context.newPage()
  await turnedAway.routeWebSocket(/\/api\/live$/, (socket) => void socket.close({ code: 4029 }))
  await turnedAway.goto(`${base()}/projects/quayside/settings?tab=agent`)
  const banner = turnedAway.getByTestId('offline-banner')
  await banner.getByText('You have too many live connections: close another tab of Signalbox.').waitFor()
  await turnedAway.getByText('ACP agent').waitFor()
  await context.close()
})

describe('settings', () => {
  test('a tab has an address, and what is saved there is what the server has', async () => {
    await page.goto(`${base()}/projects/quayside/settings?tab=validation`)
    await page.getByLabel('Build', { exact: true }).fill('echo built in a browser')
    await at('settings-save').click()
    await until(
      async () => {
        const project = await platform.call('getProject', { params: { project: 'quayside' } })
        return project.settings.validation.buildCommand === 'echo built in a browser'
      },
      20_000,
      () => 'the settings were not saved',
    )
    expect(await seriousFaults(page)).toEqual([])
  })

  test('which models an agent may ask, what it may do and how it is tried again are set in its tab', async () => {
    await page.goto(`${base()}/projects/quayside/settings?tab=agent`)
    await page.getByText('ACP agent').click()
    await page.getByRole('checkbox', { name: 'Google Gemini' }).uncheck()
    await page.getByText('Other rules for some kinds of tools').click()
    await page.getByLabel('Run commands execute').selectOption('ask')
    await page.getByLabel('Ask hosts outside the sandbox fetch').selectOption('deny')
    await page.getByLabel('Further tries').fill('4')
    await page.getByLabel('Pause before the first, doubling').fill('2')
    await page.getByText('Pauses: 2 s, then 4 s, then 8 s, and so on.').waitFor()
    expect(await seriousFaults(page)).toEqual([])
    await at('settings-save').click()
    const agent = async () =>
      (await platform.call('getProject', { params: { project: 'quayside' } })).settings.agent
    await until(
      async () => (await agent()).maxRetries === 4,
      20_000,
      () => 'the settings of the agent were not saved',
    )
    expect(await agent()).toMatchObject({
      driver: 'acp',
      models: ['anthropic', 'openai'],
      permissionRules: { execute: 'ask', fetch: 'deny' },
      retryBackoffSeconds: 2,
    })
    await page.getByLabel('Run commands execute').selectOption('')
    await at('settings-save').click()
    await until(
      async () => JSON.stringify((await agent()).permissionRules) === '{"fetch":"deny"}',
      20_000,
      () => 'the rule was not taken away',
    )
  })

  test('a secret is set and never shown again', async () => {
    const value = `browser-canary-${process.pid}`
    await page.goto(`${base()}/projects/quayside/settings?tab=secrets`)
    await at('secret-new').click()
    await page.getByLabel('Name', { exact: false }).last().fill('FROM_BROWSER')
    await page.getByLabel('Value', { exact: false }).last().fill(value)
    await at('secret-save').click()
    await page.getByRole('button', { name: 'Replace FROM_BROWSER' }).waitFor()
    await page.reload()
    await page.getByRole('button', { name: 'Replace FROM_BROWSER' }).waitFor()
    expect(await page.content()).not.toContain(value)
    expect(await seriousFaults(page)).toEqual([])
  })

  test('a project says for how long its runs are kept, apart from the other settings', async () => {
    const params = { project: 'quayside' }
    await page.goto(`${base()}/projects/quayside/settings?tab=general`)
    const section = page.getByRole('region', { name: 'Kept for' })
    await section.getByText('Nothing would be deleted now.').waitFor()
    await section.getByLabel('Completed runs').fill('30')
    await section.getByText('Save to see it with the new numbers.').waitFor()
    await section.getByRole('button', { name: 'Save what is kept' }).click()
    await until(
      async () => (await platform.call('getProjectRetention', { params })).settings.runDays === 30,
      20_000,
      () => 'the number was not saved',
    )
    await page.reload()
    await expect.poll(() => section.getByLabel('Completed runs').inputValue()).toContain('30')
    expect(await seriousFaults(page)).toEqual([])
    await section.getByLabel('Completed runs').fill('')
    await section.getByRole('button', { name: 'Save what is kept' }).click()
    await until(
      async () => (await platform.call('getProjectRetention', { params })).settings.runDays === null,
      20_000,
      () => 'the number was not taken back',
    )
  })

  test('nothing went wrong on any page', () => {
    expect(errors).toEqual([])
  })
})
