import { describe, expect, it } from 'vitest'
import { parseWorkflow } from '../workflow/parse.ts'
import { skipWords } from './skip-words.ts'
import { type HappenedEvent, triggered, type Verdict } from './triggered.ts'

function ask(on: string, event: Partial<HappenedEvent> & Pick<HappenedEvent, 'name'>): Verdict {
  const text = `on: ${on}\njobs: {t: {runs-on: linux, steps: [{run: x}]}}\n`
  const { workflow, diagnostics } = parseWorkflow('.github/workflows/ci.yml', text)
  if (!workflow) throw new Error(diagnostics.map((d) => d.message).join('; '))
  return triggered(workflow, { ref: 'refs/heads/main', ...event })
}

function why(...args: Parameters<typeof ask>): string {
  const verdict = ask(...args)
  return verdict.runs ? 'runs' : `${verdict.by}: ${verdict.reason}`
}

describe('push', () => {
  const push = (on: string, ref: string, changed?: string[]) =>
    why(on, { name: 'push', ref, ...(changed ? { changed } : {}) })
  const branch = 'refs/heads/feature/a'
  const tag = 'refs/tags/v1.2.0'

  it.each([
    ['push', branch, 'runs'],
    ['push', tag, 'runs'],
    ['pull_request', branch, 'event: It starts on pull_request, not on push.'],
    ["{push: {branches: ['feature/**']}}", branch, 'runs'],
    ['{push: {branches: [main]}}', branch, 'branches: branches (main) does not match the branch feature/a.'],
    [
      "{push: {branches: ['**', '!feature/**']}}",
      branch,
      'branches: branches (**, !feature/**) does not match the branch feature/a.',
    ],
    [
      "{push: {branches-ignore: ['feature/**']}}",
      branch,
      'branches: branches-ignore (feature/**) takes out the branch feature/a.',
    ],
    ['{push: {branches-ignore: [main]}}', branch, 'runs'],
    // One of the two alone lets nothing of the other kind through; both let each by its own.
    ['{push: {branches: [main]}}', tag, 'tags: It starts for branches only, and v1.2.0 is a tag.'],
    ['{push: {tags: [v*]}}', branch, 'branches: It starts for tags only, and feature/a is a branch.'],
    ['{push: {tags: [v*]}}', tag, 'runs'],
    ['{push: {tags-ignore: [v1.*]}}', tag, 'tags: tags-ignore (v1.*) takes out the tag v1.2.0.'],
    ['{push: {branches: [main], tags: [v*]}}', tag, 'runs'],
  ])('%s on %s', (on, ref, expected) => {
    expect(push(on, ref)).toBe(expected)
  })

  it.each([
    ['{push: {paths: [docs/**]}}', ['a.ts', 'docs/a.md'], 'runs'],
    ['{push: {paths: [docs/**]}}', ['a.ts'], 'paths: paths (docs/**) does not match the changed file.'],
    ['{push: {paths: [docs/**]}}', [], 'paths: It looks at paths, and no file changed.'],
    ['{push: {paths-ignore: [docs/**]}}', ['docs/a.md', 'a.ts'], 'runs'],
    [
      '{push: {paths-ignore: [docs/**]}}',
      ['docs/a.md'],
      'paths: paths-ignore (docs/**) takes out every changed file.',
    ],
    [
      "{push: {paths: ['sub/**', '!sub/docs/**']}}",
      ['sub/docs/a', 'b'],
      'paths: paths (sub/**, !sub/docs/**) does not match any of the 2 changed files.',
    ],
    ["{push: {paths: ['sub/**', '!sub/docs/**']}}", ['sub/docs/a', 'sub/b'], 'runs'],
    [
      '{push: {branches: [other], paths: [a]}}',
      ['a'],
      'branches: branches (other) does not match the branch feature/a.',
    ],
  ])('%s with %j', (on, changed, expected) => {
    expect(push(on, branch, changed)).toBe(expected)
  })

  it('looks at no path of a tag, nor where the paths are not known', () => {
    expect(push('{push: {paths: [docs/**]}}', tag, ['a.ts'])).toBe('runs')
    expect(push('{push: {paths: [docs/**]}}', branch)).toBe('runs')
  })

  it('looks at the first 300 files only', () => {
    const many = Array.from({ length: 300 }, (_, i) => `src/${i}.ts`)
    expect(push('{push: {paths: [docs/**]}}', branch, [...many, 'docs/a.md'])).toContain(
      'among the first 300',
    )
    expect(push('{push: {paths-ignore: [src/**]}}', branch, [...many, 'docs/a.md'])).toContain(
      'among the first 300',
    )
    expect(push('{push: {paths: [docs/**]}}', branch, [...many.slice(1), 'docs/a.md'])).toBe('runs')
  })
})

describe('types', () => {
  const pull = (on: string, action: string) =>
    why(on, { name: 'pull_request', action, ref: 'refs/pull/1/merge', branch: 'main' })

  it('are opened, synchronize and reopened of a pull request unless others are written', () => {
    for (const action of ['opened', 'synchronize', 'reopened'])
      expect(pull('pull_request', action)).toBe('runs')
    expect(pull('pull_request', 'closed')).toBe(
      'types: The type closed is not among opened, synchronize, reopened, for which it starts by default.',
    )
    expect(pull('{pull_request: {types: [closed]}}', 'closed')).toBe('runs')
    expect(pull('{pull_request: {types: [closed]}}', 'opened')).toContain(
      'not among closed, for which it starts.',
    )
  })

  it('are all of them elsewhere', () => {
    expect(why('issues', { name: 'issues', action: 'pinned' })).toBe('runs')
    expect(why('{issues: {types: opened}}', { name: 'issues', action: 'pinned' })).toContain('types:')
  })

  it('are what a person chose for repository_dispatch', () => {
    const sent = { name: 'repository_dispatch', action: 'deploy' } as const
    expect(why('repository_dispatch', sent)).toBe('runs')
    expect(why('{repository_dispatch: {types: [deploy]}}', sent)).toBe('runs')
    expect(why('{repository_dispatch: {types: [test]}}', sent)).toContain('types:')
  })
})

it('asks for the base of a pull request, not for its own branch', () => {
  const event = { name: 'pull_request', action: 'opened', ref: 'refs/pull/1/merge', branch: 'main' } as const
  expect(why('{pull_request: {branches: [main]}}', event)).toBe('runs')
  expect(why("{pull_request: {branches: ['releases/**']}}", event)).toContain(
    'does not match the branch main',
  )
})

it('follows the runs of workflows by name, on the branches it names', () => {
  const event = { name: 'workflow_run', action: 'completed', branch: 'main', workflow: 'C++ [all]' } as const
  const on = (rest: string) => `{workflow_run: {workflows: ['C++ [all]'], ${rest}}}`
  expect(why(on('types: [completed]'), event)).toBe('runs')
  expect(why(on('types: [requested]'), event)).toContain('types:')
  expect(why(on('branches: [main]'), event)).toBe('runs')
  expect(why(on('branches-ignore: [main]'), event)).toContain('branches:')
  expect(why('{workflow_run: {workflows: [Other]}}', event)).toBe(
    'workflows: It follows Other, not C++ [all].',
  )
  expect(why('workflow_run', event)).toBe('workflows: It follows no workflow, not C++ [all].')
})

it('starts a schedule by the text of the time that came', () => {
  const on = "{schedule: [{cron: '30 5 * * 1,3'}, {cron: '30 5 * * 2,4'}]}"
  expect(why(on, { name: 'schedule', schedule: '30 5 * * 2,4' })).toBe('runs')
  expect(why(on, { name: 'schedule', schedule: '0 0 * * *' })).toBe('schedule: It has no schedule 0 0 * * *.')
  expect(why(on, { name: 'schedule' })).toBe('runs')
})

describe('words that skip', () => {
  it.each([
    ['Mend it [skip ci]', '[skip ci]'],
    ['Mend it [CI Skip]', '[ci skip]'],
    ['[no ci] x', '[no ci]'],
    ['x\n\nbody [skip actions]', '[skip actions]'],
    ['x [actions skip]', '[actions skip]'],
    ['x\n\n\nskip-checks: true', 'skip-checks: true'],
    ['x\n\n\nSigned-off-by: a\nskip-checks:true\n', 'skip-checks: true'],
    ['skip ci', undefined],
    ['skip-checks: true', undefined],
    ['x\n\nskip-checks: true\nmore', undefined],
    ['[skip-ci]', undefined],
  ])('%j', (message, word) => {
    expect(skipWords(message)).toBe(word)
  })

  it('count for push and pull_request alone', () => {
    const message = 'x [skip ci]'
    expect(why('push', { name: 'push', message })).toBe("message: The head commit's message says [skip ci].")
    expect(why('pull_request', { name: 'pull_request', message })).toContain('message:')
    expect(why('pull_request_target', { name: 'pull_request_target', message })).toBe('runs')
    expect(why('workflow_dispatch', { name: 'workflow_dispatch', message })).toBe('runs')
  })
})

/** GitHub's rules once more, told as plainly as possible, over names without any pattern. */
function naive(filters: { [key: string]: string[] | undefined }, ref: string, changed: string[]): boolean {
  const [, kind, name = ''] = /^refs\/(heads|tags)\/(.*)$/.exec(ref) ?? []
  const isTag = kind === 'tags'
  const own = isTag ? 'tags' : 'branches'
  const other = isTag ? 'branches' : 'tags'
  const lists = (key: string) => [filters[key], filters[`${key}-ignore`]] as const
  const [only, except] = lists(own)
  const someOther = lists(other).some((list) => list !== undefined)
  if (only && !only.includes(name)) return false
  if (except?.includes(name)) return false
  if (!only && !except && someOther) return false
  if (isTag) return true
  if (filters['paths']) return changed.some((path) => filters['paths']?.includes(path))
  if (filters['paths-ignore']) return changed.some((path) => !filters['paths-ignore']?.includes(path))
  return true
}

it('agrees with a naive implementation on filters at random', () => {
  let seed = 7
  const random = (below: number) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return Math.floor((seed / 2 ** 32) * below)
  }
  const some = (words: string[]) => words.filter(() => random(2) === 0)
  let ran = 0
  for (let i = 0; i < 3000; i++) {
    const filters: { [key: string]: string[] | undefined } = {}
    for (const key of ['branches', 'tags', 'paths']) {
      const words = some(['a', 'b', 'c'])
      if (words.length > 0 && random(2) === 0) filters[random(2) === 0 ? key : `${key}-ignore`] = words
    }
    const ref = `refs/${random(2) === 0 ? 'heads' : 'tags'}/${['a', 'b', 'c', 'd'][random(4)]}`
    const changed = some(['a', 'b', 'c', 'd'])
    const expected = naive(filters, ref, changed)
    if (expected) ran++
    const got = ask(`{push: ${JSON.stringify(filters)}}`, { name: 'push', ref, changed }).runs
    expect([filters, ref, changed, got]).toEqual([filters, ref, changed, expected])
  }
  expect(ran).toBeGreaterThan(500)
})
