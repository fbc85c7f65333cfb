import { AxeBuilder } from '@axe-core/playwright'
import { openBrowser } from '@signalbox/testing/browser.ts'
import { type Platform, startPlatform } from '@signalbox/testing/platform.ts'
import { totp } from '@signalbox/testing/totp.ts'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addProject } from '../small-project.ts'

const email = 'grace@example.org'
const password = 'correct horse battery staple'

let platform: Platform
let browser: Browser
let page: Page
/** Passkeys are made for a name, which 127.0.0.1 is not. */
let home = ''
const at = (id: string) => page.locator(`[data-testid="${id}"]`)
const form = (label: string) => page.getByRole('form', { name: label, exact: true })

beforeAll(async () => {
  platform = await startPlatform()
  home = `http://localhost:${platform.port}`
  for (const name of ['ours', 'theirs'])
    await addProject(platform, { name, files: { 'README.md': '# It\n' } })
  browser = await openBrowser()
  page = await newPage()
})

afterAll(async () => {
  await browser?.close()
  await platform?.destroy()
})

async function newPage(): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  return await context.newPage()
}

async function signOut(): Promise<void> {
  await page.goto(`${home}/account/browser`)
  await page.getByRole('button', { name: 'Sign out', exact: true }).click()
  await at('signed-out').waitFor()
}

async function typePassword(who = email): Promise<void> {
  await page.getByLabel('E-mail').fill(who)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in by password' }).click()
}

async function expectAccessible(): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual([])
}

test('the first owner sets a password, signs out and comes back with it', async () => {
  await page.goto(platform.url.replace('127.0.0.1', 'localhost'))
  await at('setup-note').getByRole('link').click()
  await form('You').getByLabel('E-mail').fill(email)
  await form('You').getByRole('button', { name: 'Save name and e-mail' }).click()
  const set = form('Password').getByRole('button', { name: 'Set the password' })
  await form('Password').getByLabel('New password').fill(password)
  await set.click()
  await form('Password').getByText('The password is set.').waitFor()
  await at('setup-note').waitFor({ state: 'detached' })
  await expectAccessible()
  await signOut()
  await typePassword()
  await at('signed-out').waitFor({ state: 'detached' })
  await page.getByRole('heading', { name: 'This browser' }).waitFor()
})

test('a passkey is added, renamed, and signs in', async () => {
  const devices = await page.context().newCDPSession(page)
  await devices.send('WebAuthn.enable')
  await devices.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  await page.goto(`${home}/account`)
  await page.getByLabel('Name of the passkey').fill('Laptop')
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await page.getByRole('button', { name: 'Rename Laptop' }).click()
  await page.getByLabel('New name of Laptop').fill('Work laptop')
  await page.getByRole('button', { name: 'Save the name' }).click()
  await page.getByRole('button', { name: 'Remove Work laptop' }).waitFor()
  await signOut()
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await at('signed-out').waitFor({ state: 'detached' })
  await page.goto(`${home}/account`)
  await page.getByText('Work laptop').waitFor()
})

test('two-factor asks for the code of the app after the password', async () => {
  await page.goto(`${home}/account`)
  await form('Two-factor').getByLabel('Your password').fill(password)
  await form('Two-factor').getByRole('button', { name: 'Set two-factor up' }).click()
  const uri = (await at('totp-uri').textContent()) ?? ''
  await form('Two-factor').getByLabel('Code of the app').fill(totp(uri))
  await form('Two-factor').getByRole('button', { name: 'Turn two-factor on' }).click()
  await form('Two-factor').getByText('On: after the password, a code is asked for.').waitFor()
  await signOut()
  await typePassword()
  await page.getByLabel('Code').fill(totp(uri))
  await page.getByRole('button', { name: 'Go on' }).click()
  await at('signed-out').waitFor({ state: 'detached' })
  await page.goto(`${home}/account`)
  await form('Two-factor').getByText('On: after the password, a code is asked for.').waitFor()
})

test('an invited viewer of one project sees that one, and writes nothing', async () => {
  await page.goto(`${home}/system/people`)
  await form('Invite somebody').getByLabel('Name').fill('Ada')
  await form('Invite somebody').getByLabel('E-mail').fill('ada@example.org')
  await form('Invite somebody').getByLabel('In the project').selectOption('ours')
  await form('Invite somebody').getByLabel('As', { exact: true }).selectOption('viewer')
  await form('Invite somebody').getByRole('button', { name: 'Make the link' }).click()
  const link = (await at('sign-in-link').textContent()) ?? ''
  const theirs = await newPage()
  await theirs.goto(link)
  const cards = theirs.locator('[data-testid="project-card"]')
  await cards.first().waitFor()
  expect(await cards.evaluateAll((all) => all.map((card) => card.getAttribute('data-slug')))).toEqual([
    'ours',
  ])
  const give = cards.getByTestId('goal-button')
  await expect.poll(() => give.isDisabled()).toBe(true)
  expect(await give.getAttribute('title')).toContain('member')
  expect(await theirs.getByRole('button', { name: 'Add a project' }).isDisabled()).toBe(true)
  // What the buttons do not offer, the server refuses as well.
  const statuses = await theirs.evaluate(async () => {
    const session = await (await fetch('/api/session')).json()
    const headers = { 'content-type': 'application/json', 'x-csrf-token': String(session.csrfToken) }
    const write = async (path: string, body: unknown) =>
      (await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })).status
    return {
      read: (await fetch('/api/projects/ours')).status,
      goal: await write('/api/projects/ours/changes', { goal: 'x' }),
      deploy: await write('/api/projects/ours/deployments', {}),
      theirs: (await fetch('/api/projects/theirs')).status,
      goalOfTheirs: await write('/api/projects/theirs/changes', { goal: 'x' }),
      people: (await fetch('/api/users')).status,
    }
  })
  expect(statuses).toEqual({ read: 200, goal: 403, deploy: 403, theirs: 404, goalOfTheirs: 404, people: 403 })
  // Disabled, they are out at once, whatever is open.
  await page.getByRole('button', { name: 'Disable Ada' }).click()
  await page.getByTestId('confirm-button').click()
  await page.getByRole('button', { name: 'Enable Ada' }).waitFor()
  await theirs.reload()
  await theirs.locator('[data-testid="signed-out"]').waitFor()
})
