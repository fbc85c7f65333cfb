import { openBrowser } from '@signalbox/testing/browser.ts'
import { type Platform, startPlatform, until } from '@signalbox/testing/platform.ts'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addProject, git, makeRepository, writeFiles } from '../small-project.ts'
import { faultsInBothColours } from './serious-faults.ts'

const release = `name: Release
on:
  workflow_dispatch:
    inputs:
      version: {description: As in 1.4.0., required: true}
      notes: {default: none}
      level: {type: choice, options: [patch, minor, minor], default: patch}
      retries: {type: number, default: 3}
      dry-run: {type: boolean, default: true}
      target: {type: environment}
run-name: Release \${{ inputs.version }}
jobs:
  release:
    runs-on: linux
    steps:
      - run: |
          echo 'got \${{ toJSON(inputs) }}'
          printf '## Released \${{ inputs.version }}\\n\\n| part | state |\\n|:--|--:|\\n| app | **done** |\\n\\n- [x] tagged\\n\\n[bad](javascript:alert(1)) <img src=x onerror=alert(1)>\\n' >> "$GITHUB_STEP_SUMMARY"
`
const onPush = 'on: push\njobs: {a: {runs-on: linux, steps: [{run: "true"}]}}\n'
const broken = 'on: workflow_dispatch\njobs: {a: {run-on: linux, steps: [{run: "true"}]}}\n'

let platform: Platform
let browser: Browser
let page: Page
const errors: string[] = []
const at = (id: string) => page.locator(`[data-testid="${id}"]`)
const base = () => `http://127.0.0.1:${platform.port}`

beforeAll(async () => {
  platform = await startPlatform()
  const source = await makeRepository({
    '.signalbox/workflows/release.yml': release,
    '.github/workflows/ci.yml': onPush,
  })
  await git(source, 'checkout', '-q', '-b', 'try/next')
  await writeFiles(source, { '.signalbox/workflows/broken.yml': broken })
  await git(source, 'add', '-A')
  await git(source, 'commit', '-q', '-m', 'Another')
  await git(source, 'checkout', '-q', 'main')
  await addProject(platform, { name: 'dispatch', source })
  await addProject(platform, { name: 'still', files: { '.github/workflows/ci.yml': onPush } })
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

async function openDialog(project: string): Promise<void> {
  await page.goto(`${base()}/runs?project=${project}`)
  await at('run-workflow-button').click()
  await at('workflow-dialog').waitFor()
}

async function choose(field: string, option: RegExp): Promise<void> {
  await at(field).click()
  await page.getByRole('option', { name: option }).first().click()
}

test('a workflow is started with typed inputs, and what is wrong is said at its field', async () => {
  await openDialog('dispatch')
  // The only one that can be started is chosen, with its defaults.
  expect(await at('workflow-input').inputValue()).toContain('Release')
  expect(await at('workflow-field-notes').inputValue()).toBe('none')
  expect(await at('workflow-field-level').inputValue()).toBe('patch')
  expect(await at('workflow-field-dry-run').isChecked()).toBe(true)
  await page.getByText('As in 1.4.0.').waitFor()
  expect(await faultsInBothColours(page)).toEqual([])
  await at('workflow-field-retries').fill('many')
  await at('workflow-run').click()
  await page.getByText('version is required').waitFor()
  await page.getByText('retries must be a number').waitFor()
  // The focus is at the first field that is wrong.
  expect(await at('workflow-field-version').evaluate((field) => field === document.activeElement)).toBe(true)
  await page.keyboard.type('2.0.0')
  await at('workflow-field-retries').fill('5')
  await at('workflow-field-notes').fill('')
  await choose('workflow-field-level', /minor/)
  await at('workflow-field-target').fill('production')
  await at('workflow-field-version').press('Enter')
  await at('run-page').waitFor()
  await page.getByRole('heading', { name: 'Release 2.0.0' }).waitFor()
  const id = page.url().split('/runs/')[1] ?? ''
  await until(
    async () => (await platform.call('getRun', { params: { run: id } })).status === 'completed',
    60_000,
  )
  const run = await platform.call('getRun', { params: { run: id } })
  expect(run.conclusion).toBe('success')
  const { lines } = await platform.call('getJobLog', { params: { job: run.jobs[0]?.id ?? '' }, query: {} })
  const printed = lines.map(({ text }) => text).join('\n')
  expect(printed).toContain('"retries": 5')
  expect(printed).toContain('"notes": ""')
  expect(printed).toContain('"dry-run": true')
  expect(printed).toContain('"level": "minor"')
})

test('the summary of a step is Markdown, in which nothing runs', async () => {
  await page.goto(`${page.url().split('?')[0]}?tab=results`)
  const summary = at('summary')
  await summary.getByRole('heading', { name: 'Released 2.0.0' }).waitFor()
  await summary.getByRole('columnheader', { name: 'part' }).waitFor()
  await summary.getByRole('img', { name: 'done' }).waitFor()
  expect(await summary.locator('a[href]').count()).toBe(0)
  expect(await summary.locator('img').count()).toBe(0)
  expect(await summary.textContent()).toContain('<img src=x onerror=alert(1)>')
  expect(await faultsInBothColours(page)).toEqual([])
})

test('another branch has its own files, gets no secrets, and a broken one says where', async () => {
  await openDialog('dispatch')
  await choose('workflow-branch', /try\/next/)
  await choose('workflow-input', /broken/)
  await page.getByText('This file cannot run as it is').waitFor()
  expect(await at('workflow-run').count()).toBe(0)
  await choose('workflow-input', /Release/)
  await page.getByText('The run gets no secrets').waitFor()
  await at('workflow-field-version').fill('3.0.0')
  await at('workflow-run').click()
  await at('run-page').waitFor()
  await page.getByText('on try/next').waitFor()
})

test('a project without one says what is missing; without a project in the address it is asked for', async () => {
  await openDialog('still')
  await page.getByText('No workflow of main can be started by hand').waitFor()
  await page.getByText('ci.yml (starts on push)').waitFor()
  expect(await faultsInBothColours(page)).toEqual([])
  await page.goto(`${base()}/runs`)
  await page.getByRole('button', { name: 'Run a workflow' }).click()
  await page.getByRole('combobox', { name: 'Project' }).click()
  await page.getByRole('option', { name: 'dispatch' }).click()
  await at('workflow-input').waitFor()
  await page.goto(base())
  await at('project-card').first().waitFor()
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Go to' }).fill('run a workflow of dispatch')
  await page.getByRole('option', { name: /Run a workflow of dispatch/ }).waitFor()
  await page.keyboard.press('Enter')
  await at('workflow-input').waitFor()
  await page.keyboard.press('Escape')
  await at('workflow-dialog').waitFor({ state: 'detached' })
  expect(page.url()).not.toContain('start')
  expect(errors).toEqual([])
})
