import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CliCheckout, cliCheckout } from '../cli-process.fixture.ts'

const workflows = '.github/workflows'
let shop: CliCheckout
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], { cwd: shop.dir })

beforeAll(() => {
  const job = 'runs-on: linux, steps: [{run: echo}]'
  shop = cliCheckout({
    [`${workflows}/ci.yml`]: `name: CI\non: [push, pull_request]\njobs:\n  test: {strategy: {matrix: {n: [1, 2]}}, ${job}}\n  after: {needs: test, ${job}}\n`,
    [`${workflows}/docs.yml`]: `name: Docs\non: {push: {paths: [docs/**]}, pull_request: {branches: [main], paths: [docs/**]}}\njobs: {docs: {${job}}}\n`,
    [`${workflows}/tags.yml`]: `name: Tags\non: {push: {tags: [v*]}}\njobs: {release: {${job}}}\n`,
    'README.md': 'hello\n',
  })
  git('checkout', '-q', '-b', 'main')
  git('add', '-A')
  git('commit', '-qm', 'first')
  git('checkout', '-q', '-b', 'topic')
  shop.write('src/a.ts', '1')
  git('add', '-A')
  git('commit', '-qm', 'second')
})
afterAll(() => shop.remove())

interface Plan {
  event: string
  ref: string
  changed: string[] | null
  workflows: { name: string; runs: boolean; by: string | null; jobs: { name: string }[] }[]
}

async function plan(...args: string[]): Promise<Plan & { stopped: Record<string, string> }> {
  const { code, out, err } = await shop.run(['plan', '--json', ...args])
  expect([code, err]).toEqual([0, ''])
  const answer: Plan = JSON.parse(out)
  const stopped = Object.fromEntries(answer.workflows.map((one) => [one.name, one.by ?? 'runs']))
  return { ...answer, stopped }
}

test('says what a push would start, with its jobs, and which filter stops the others', async () => {
  const { stopped, changed, ref, workflows } = await plan('--base', 'main')
  expect(stopped).toEqual({ CI: 'runs', Docs: 'paths', Tags: 'branches' })
  expect([changed, ref]).toEqual([['src/a.ts'], 'refs/heads/topic'])
  expect(workflows.find(({ name }) => name === 'CI')?.jobs.map(({ name }) => name)).toEqual([
    'test (1)',
    'test (2)',
    'after',
  ])
})

test('without a base the paths are not known, and stop nothing', async () => {
  const { stopped, changed } = await plan()
  expect(stopped).toEqual({ CI: 'runs', Docs: 'runs', Tags: 'branches' })
  expect(changed).toBeNull()
})

test('a pull request asks for its base, and files that are not committed count', async () => {
  expect((await plan('--event', 'pull_request', '--base', 'main')).stopped).toMatchObject({
    CI: 'runs',
    Docs: 'paths',
  })
  shop.write('docs/new.md', 'x')
  expect((await plan('--event', 'pull_request', '--base', 'main')).stopped).toMatchObject({ Docs: 'runs' })
  expect((await plan('--event', 'pull_request', '--base', 'topic')).stopped).toMatchObject({
    Docs: 'branches',
  })
})

test('a tag and an event that nobody waits for', async () => {
  expect((await plan('--ref', 'refs/tags/v1')).stopped).toEqual({ CI: 'runs', Docs: 'runs', Tags: 'runs' })
  const { out } = await shop.run(['plan', '--event', 'release'])
  expect(out).toContain('It starts on push, pull_request, not on release.')
})

test('a base that is not there and an event that does not exist are mistakes', async () => {
  expect((await shop.run(['plan', '--base', 'nowhere'])).code).toBe(2)
  expect((await shop.run(['plan', '--event', 'pushed'])).code).toBe(2)
})
