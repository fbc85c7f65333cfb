import { chmod, cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChangeDetail } from '@signalbox/core/contract/views/changes.ts'
import { openBrowser } from '@signalbox/testing/browser.ts'
import { type Platform, startPlatform } from '@signalbox/testing/platform.ts'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addProject, give, settled } from '../small-project.ts'
import { seriousFaults } from './serious-faults.ts'

let agents = ''
let platform: Platform
let browser: Browser
let context: BrowserContext
const errors: string[] = []
const asks = (change: ChangeDetail) => change.waitingFor === 'permission'

beforeAll(async () => {
  agents = await mkdtemp(join(tmpdir(), 'signalbox-agents-'))
  // The user of a sandbox is another one.
  await chmod(agents, 0o755)
  await mkdir(join(agents, 'bin'))
  const fixture = new URL('../../packages/engine/src/agent/acp/acp-agent.fixture.cjs', import.meta.url)
  await cp(fixture, join(agents, 'bin/acp-agent.cjs'))
  platform = await startPlatform({ SIGNALBOX_AGENTS_DIR: agents })
  await addProject(platform, {
    name: 'asking',
    settings: {
      agent: { driver: 'acp', timeoutMinutes: 3, command: 'node /opt/tools/bin/acp-agent.cjs permission' },
      autoMerge: false,
    },
  })
  browser = await openBrowser()
  context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  const page = await openTab(platform.url)
  await page.locator('[data-testid="project-card"]').first().waitFor()
  await page.close()
})
afterAll(async () => {
  await browser?.close()
  await platform?.destroy()
  await rm(agents, { recursive: true, force: true })
})

async function openTab(url = `http://127.0.0.1:${platform.port}/inbox`): Promise<Page> {
  const page = await context.newPage()
  page.on('pageerror', (error) => errors.push(error.message))
  await page.goto(url)
  return page
}

async function asking(goal: string): Promise<ChangeDetail> {
  const { id } = await give(platform, 'asking', goal)
  return await platform.waitForChange(id, asks, 60_000)
}

function answersOf(change: ChangeDetail): unknown[] {
  const said = change.agentRun?.conversation.filter(({ kind }) => kind === 'permission_answer') ?? []
  return said.filter(({ data }) => data['by'] === 'person').map(({ data }) => data['optionId'])
}

/** Brings a change beside the list. */
async function pick(page: Page, change: ChangeDetail): Promise<void> {
  const row = page.locator('[data-testid="inbox-waiting"] a', { hasText: `#${change.number}` })
  await row.focus()
  await page.locator('[data-testid="inbox-peek"]').getByText(`#${change.number}`).waitFor()
  await page.locator('[data-testid="permission-card"]').waitFor()
}

test('what an agent asks is answered beside the list by keys, and the keys go on at the next one', async () => {
  const [first, second] = [await asking('Open the page'), await asking('Open another page')]
  const page = await openTab()
  const card = page.locator('[data-testid="permission-card"]')
  await card.getByText('Open example.org').waitFor()
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    expect(await seriousFaults(page)).toEqual([])
  }
  await pick(page, first)
  await page.keyboard.press('n')
  await page.locator('[data-testid="permission-n"]:focus').waitFor()
  expect((await platform.call('getChange', { params: { change: first.id } })).waitingFor).toBe('permission')
  await page.keyboard.press('n')
  expect(answersOf(await platform.waitForChange(first.id, settled, 60_000))).toEqual(['no'])
  // No dialog of a new goal, and the next question is at hand.
  expect(await page.getByRole('dialog').count()).toBe(0)
  await page.locator(`.is-picked:focus`, { hasText: second.title }).waitFor()

  await page.keyboard.press('a')
  await page.keyboard.press('a')
  await card.getByText('This cannot be taken back').waitFor()
  expect((await platform.call('getChange', { params: { change: second.id } })).waitingFor).toBe('permission')
  await page.keyboard.press('a')
  await page.keyboard.press('a')
  expect(answersOf(await platform.waitForChange(second.id, settled, 60_000))).toEqual(['always'])
  await page.close()
})

test('an answer in one tab goes from the other, where a second answer changes nothing', async () => {
  const change = await asking('Open it again')
  const [here, there] = [await openTab(), await openTab()]
  for (const page of [here, there]) {
    await pick(page, change)
  }
  // The answer of the one is on its way when the other gives its own.
  await there.route('**/permissions/*', async (route) => {
    await here.locator('[data-testid="permission-y"]').click()
    await platform.waitForChange(change.id, (now) => !asks(now))
    await route.continue()
  })
  await there.locator('[data-testid="permission-n"]').click()
  await there.getByText(/answered already/).waitFor()
  expect(answersOf(await platform.waitForChange(change.id, settled, 60_000))).toEqual(['yes'])
  for (const page of [here, there]) {
    await page.locator('[data-testid="permission-card"]').waitFor({ state: 'detached' })
  }
  expect(errors).toEqual([])
})

test('the keys of the inbox are told', async () => {
  const page = await openTab()
  await page.locator('h1').waitFor()
  await page.keyboard.press('?')
  await page.getByRole('dialog').getByText('Allow it always, in the same way').waitFor()
})
