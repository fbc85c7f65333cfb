import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBrowser } from '@signalbox/testing/browser.ts'
import type { Browser, Page } from 'playwright-core'
import { build, preview } from 'vite'

/** A picture of the documentation: a page of the dashboard in one size and one scheme. */
export interface Shot {
  /** Its file in docs/screenshots, without the ending. */
  name: string
  path: string
  dark?: boolean
  /** As on a phone. */
  narrow?: boolean
  /** What is opened before the picture is taken, by the selector of the button. */
  press?: string
  /** What is scrolled to the top, by its selector. */
  from?: string
}

const change = (number: string) => `/changes/00000063-0000-7000-8000-${number.padStart(12, '0')}`
const run = (number: string, rest = '') => `/runs/00000072-0000-7000-8000-${number.padStart(12, '0')}${rest}`
const settings = (tab: string) => `/projects/sample/settings?tab=${tab}`

/** Every picture that README and guides show; ids are those of the fixture, in hexadecimal. */
export const shots: Shot[] = [
  { name: 'projects', path: '/' },
  { name: 'inbox', path: '/inbox' },
  { name: 'change', path: change('b') },
  { name: 'change-dark', path: change('4'), dark: true },
  { name: 'change-narrow', path: change('9'), narrow: true },
  {
    name: 'diff',
    path: change('9'),
    press: '[data-testid="section-toggle-pull-request"]',
    from: '[data-testid="section-pull-request"]',
  },
  { name: 'run', path: run('1f') },
  { name: 'run-narrow', path: run('16'), narrow: true },
  { name: 'results', path: run('16', '?tab=results') },
  { name: 'waterfall', path: run('1a', '?tab=waterfall') },
  { name: 'log-dark', path: run('16'), dark: true },
  { name: 'environments', path: '/environments?project=sample' },
  { name: 'settings', path: settings('validation') },
  { name: 'secrets', path: settings('secrets') },
  { name: 'members', path: settings('members') },
  { name: 'system', path: '/system' },
  { name: 'workers', path: '/system/workers' },
  { name: 'audit-dark', path: '/system/audit', dark: true, press: '.audit-row' },
]

/** Takes the pictures named on the command line anew, or all of them, from the dashboard with made-up data. */
async function main(): Promise<void> {
  const wanted = process.argv.slice(2)
  const unknown = wanted.filter((name) => !shots.some((shot) => shot.name === name))
  if (unknown.length > 0) throw new Error(`no picture is called ${unknown.join(', ')}`)
  const outDir = mkdtempSync(join(tmpdir(), 'signalbox-screenshots-'))
  const root = join(import.meta.dirname, '../packages/web')
  try {
    await build({ root, mode: 'fixture', logLevel: 'warn', build: { outDir, emptyOutDir: true } })
    const server = await preview({ root, build: { outDir }, preview: { host: '127.0.0.1', port: 0 } })
    const browser = await openBrowser()
    const address = server.httpServer.address()
    const port = typeof address === 'object' && address ? address.port : 0
    for (const shot of shots.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
      await take(browser, `http://127.0.0.1:${port}`, shot)
      console.log(`docs/screenshots/${shot.name}.png`)
    }
    await browser.close()
    await server.close()
  } finally {
    rmSync(outDir, { recursive: true, force: true })
  }
}

async function take(browser: Browser, base: string, shot: Shot): Promise<void> {
  const context = await browser.newContext({
    viewport: shot.narrow ? { width: 390, height: 844 } : { width: 1440, height: 900 },
    colorScheme: shot.dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    locale: 'en-GB',
  })
  const page = await context.newPage()
  await page.goto(base + shot.path)
  // The fixture labels itself; a picture of the product is without that label.
  await page.addStyleTag({ content: '.banner-fixture { display: none }' })
  await settled(page)
  if (shot.press) await page.locator(shot.press).first().click()
  await settled(page)
  if (shot.from) await page.locator(shot.from).evaluate((part) => part.scrollIntoView())
  await page.screenshot({ path: join(import.meta.dirname, `../docs/screenshots/${shot.name}.png`) })
  await context.close()
}

/** Nothing of the page is on its way any more. */
async function settled(page: Page): Promise<void> {
  await page.locator('main h1').first().waitFor()
  await page.waitForLoadState('networkidle')
  await page.waitForFunction(() => !document.querySelector('.bone'))
  await page.evaluate(() => document.fonts.ready)
}

if (import.meta.main) await main()
