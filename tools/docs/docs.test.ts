import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { listSettings } from '@signalbox/client/cli/commands/settings-path.ts'
import { permissions } from '@signalbox/core/contract/routes/route.ts'
import { routes } from '@signalbox/core/contract/routes.ts'
import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import { variables } from '@signalbox/server/config/environment.ts'
import { describe, expect, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { wrongInCommand } from './check-command.ts'
import { headingsOf, isShell, type Mention, readDocs, reasonNotRun, targetOf } from './read-docs.ts'
import { simpleCommands } from './shell-words.ts'

const root = join(import.meta.dirname, '..', '..')
const pages = readDocs()
const place = ({ file, line }: Mention | { file: string; line: number }) => `${file}:${line}`
const sources = readdirSync(join(root, 'packages'), { recursive: true, encoding: 'utf8' })
  .filter((file) => /\/(src|bin)\/.*\.(ts|tsx|mjs|c)$/.test(file) && !/\.test\.tsx?$/.test(file))
  .map((file) => readFileSync(join(root, 'packages', file), 'utf8'))
  .join('\n')

/** Variables that no process of the server reads, with what does. */
const others = [
  'SIGNALBOX_URL',
  'SIGNALBOX_TOKEN',
  'SIGNALBOX_SANDBOX_IMAGE',
  'SIGNALBOX_GOAL_FILE',
  'SIGNALBOX_HISTORY_FILE',
  'SIGNALBOX_MODE',
  'SIGNALBOX_TURN',
  'SIGNALBOX_ANSWER_FILE',
  'SIGNALBOX_SNAPSHOT',
]

/** What is served beside the routes of the contract. */
const served = ['/api/docs', '/api/openapi.json', '/api/live', '/api/events']

/** Every simple command of a page: of its shell blocks and of what stands in backquotes in its text. */
function commandsOf(page: (typeof pages)[number]) {
  const inBlocks = page.blocks
    .filter(isShell)
    .flatMap((block) => simpleCommands(block.text).map((words) => ({ at: place(block), words, span: false })))
  const inSpans = page.spans.flatMap((span) =>
    simpleCommands(span.text.replace(/[[\]]/g, '')).map((words) => ({ at: place(span), words, span: true })),
  )
  return [...inBlocks, ...inSpans]
}

describe.each(pages.map((page) => ({ page, name: page.file })))('$name', ({ page }) => {
  const commands = commandsOf(page)

  test('names commands of signalbox that there are', () => {
    const wrong = commands.flatMap(({ at, words, span }) => {
      const own = words[0] === 'npx' ? words.slice(1) : words
      if (own[0] !== 'signalbox') return []
      const rest = own.slice(1).filter((word) => word !== '…')
      // A single word in the text may be the program itself or the family of commands.
      const problem = wrongInCommand(rest, { partial: span || own.includes('…') })
      return problem ? [`${at}: signalbox ${rest.join(' ')}: ${problem}`] : []
    })
    expect(wrong).toEqual([])
  })

  test('names scripts of npm that there are', () => {
    const scripts = Object.keys(packageJson.scripts)
    const wrong = commands.flatMap(({ at, words }) => {
      const name = words[0] === 'npm' && words[1] === 'run' ? words[2] : undefined
      // What a project of a user runs is in yaml blocks and settings; those are not commands of a page.
      return name !== undefined && /^[a-z:-]+$/.test(name) && !scripts.includes(name)
        ? [`${at}: ${name}`]
        : []
    })
    expect(wrong).toEqual([])
  })

  test('names variables that something reads', () => {
    const known = [...variables().map((variable) => variable.name), ...others]
    const named = [...page.text.matchAll(/\b(?:SIGNALBOX|DB)_[A-Z0-9_]*[A-Z0-9]\b/g)].map(([name]) => name)
    expect([...new Set(named)].filter((name) => !known.includes(name))).toEqual([])
    expect(others.filter((name) => !sources.includes(name))).toEqual([])
  })

  test('names settings that there are', () => {
    const known = listSettings(ProjectSettings.parse({})).map(([name]) => name)
    const groups = new Set(known.filter((name) => name.includes('.')).map((name) => name.split('.')[0]))
    const wrong = page.spans.flatMap((span) => {
      const path = /^([a-z]+)\.([a-zA-Z]+)(\.[A-Z]\w*)?(=.*)?$/.exec(span.text)
      if (!path || path[2] === 'ts' || !groups.has(path[1])) return []
      if (permissions.some((permission) => permission === span.text)) return []
      const name = `${path[1]}.${path[2]}`
      return known.some((one) => one === name || one.startsWith(`${name}.`))
        ? []
        : [`${place(span)}: ${name}`]
    })
    expect(wrong).toEqual([])
  })

  test('leads to pages, headings and pictures that there are', () => {
    const wrong = page.links.flatMap((link) => {
      const target = targetOf(link)
      if (!target) return []
      const path = join(root, target.file)
      if (!existsSync(path)) return [`${place(link)}: ${link.text}`]
      if (target.heading === '' || !target.file.endsWith('.md')) return []
      const ok = headingsOf(readFileSync(path, 'utf8')).includes(target.heading)
      return ok ? [] : [`${place(link)}: ${link.text} (no such heading)`]
    })
    expect(wrong).toEqual([])
  })

  test('names addresses of the API that are served', () => {
    const patterns = Object.values(routes).map((route) => route.path)
    const extra = [...sources.matchAll(/url: '(\/api\/[^']+)'/g)].map(([, url = '']) => url)
    const known = [...patterns, ...extra, ...served].map(
      (path) => new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}/?$`),
    )
    const named = [...page.text.matchAll(/(?<![\w.])\/api\/[A-Za-z0-9_:/.-]*[A-Za-z0-9]/g)].map(
      ([path]) => path,
    )
    // The app of the examples has a route of its own.
    expect(named.filter((path) => path !== '/api/ships' && !known.some((one) => one.test(path)))).toEqual([])
  })

  test('has a shell block only with its language, run by e2e/docs.test.ts or with the reason why not', () => {
    const wrong = page.blocks.flatMap((block) => {
      if (!isShell(block)) return []
      if (block.language !== 'sh')
        return [`${place(block)}: a shell block is marked as sh, another one with its language`]
      if (block.info !== '' && !reasonNotRun(block)) return [`${place(block)}: "${block.info}" is not a mark`]
      return []
    })
    expect(wrong).toEqual([])
  })
})

test('a shell text is cut into its commands', () => {
  expect(
    simpleCommands('A=1 signalbox up \\\n --x \'a b\' # why\nnpm test > out 2>&1 || echo "ended $?"'),
  ).toEqual([
    ['signalbox', 'up', '--x', 'a b'],
    ['npm', 'test'],
    ['echo', 'ended $?'],
  ])
})

test('a command that the program does not take is found', () => {
  expect(wrongInCommand(['change', 'show', '12'])).toBeUndefined()
  expect(wrongInCommand(['change', 'frob', '12'])).toContain('there is no command')
  expect(wrongInCommand(['goal', 'x', '--soon'])).toContain('takes no --soon')
  expect(wrongInCommand(['change', 'show'])).toContain('needs 1')
})
