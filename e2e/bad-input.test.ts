import { readFile } from 'node:fs/promises'
import type { ChangeDetail } from '@signalbox/core/contract/views/changes.ts'
import { type Platform, startPlatform } from '@signalbox/testing/platform.ts'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  addProject,
  changeSettings,
  give,
  logOf,
  noneLeft,
  processesWith,
  refusalOf,
  settled,
} from './small-project.ts'

/** Stands on the command line of whatever an agent or a command here leaves running. */
const marker = `signalbox-left-${process.pid}`
const slowMarker = `signalbox-slow-${process.pid}`

let platform: Platform

/** What needs a minute to be given up begins first, and is looked at last. */
let slow: Record<'hangs' | 'ill' | 'silent', Promise<ChangeDetail>>

beforeAll(async () => {
  platform = await startPlatform()
  await addProject(platform, { name: 'good' })
  // A goal is the script that the agent runs; what it leaves as check.sh is the test.
  await addProject(platform, {
    name: 'hostile',
    files: { 'README.md': '# Hostile\n', 'kept.txt': 'kept\n' },
    settings: {
      validation: {
        testCommand: 'if [ -f check.sh ]; then bash check.sh; fi',
        timeoutMinutes: 1,
        maxRetries: 0,
      },
      sandbox: { memoryMb: 512, pids: 128, diskMb: 256, cpus: 1 },
    },
  })
  await addProject(platform, { name: 'hanging' })
  slow = {
    hangs: hostile(
      `(setsid bash -c 'exec -a ${slowMarker} sleep 900' &) ; exec -a ${slowMarker} sleep 900`,
      'hanging',
    ),
    ill: withApp('ill', server(500)),
    silent: withApp('silent', `exec -a ${slowMarker} sleep 900`),
  }
  for (const change of Object.values(slow)) change.catch(() => {})
})
afterAll(async () => await platform?.destroy())

/** Whatever happened before: the platform is well, the other project's validation works, nothing is left. */
async function expectNoHarm(): Promise<void> {
  const good = await give(platform, 'good', 'date +%s%N > proof.txt')
  expect((await platform.waitForChange(good.id, settled)).conclusion).toBe('merged')
  expect(await (await fetch(`http://127.0.0.1:${platform.port}/health`)).json()).toMatchObject({
    status: 'ok',
  })
  await noneLeft(marker)
}

async function hostile(goal: string, project = 'hostile'): Promise<ChangeDetail> {
  const begun = await give(platform, project, goal)
  return await platform.waitForChange(begun.id, settled, 120_000)
}

async function withApp(name: string, startCommand: string, more: Record<string, unknown> = {}) {
  await addProject(platform, {
    name,
    settings: { validation: { startCommand, port: 3000, timeoutMinutes: 2, ...more } },
  })
  return await hostile('echo app > app.txt', name)
}
/** A command that answers every request with this status. */
const server = (status: number) =>
  `node -e "require('http').createServer((q,r)=>{r.statusCode=${status};r.end('no luck today')}).listen(process.env.PORT)"`

function diffOf(change: ChangeDetail) {
  return platform.call('getChangeDiff', { params: { change: change.id } })
}

describe('what an agent does to its workspace', () => {
  afterAll(expectNoHarm)

  test('an agent that deletes .git, or makes it a link, still has its files taken', async () => {
    const deleted = await hostile('rm -rf .git; echo one > one.txt')
    expect(deleted.conclusion).toBe('merged')
    const linked = await hostile('rm -rf .git; ln -s /etc .git; echo two > two.txt')
    expect(linked.conclusion).toBe('merged')
    const { diff } = await diffOf(linked)
    expect(diff).toContain('two.txt')
    expect(diff).not.toContain('.git')
  })

  test('an agent that deletes the workspace proposes the deletion, and nothing else is lost', async () => {
    await changeSettings(platform, 'hostile', { autoMerge: false })
    const change = await hostile('rm -rf /workspace/* /workspace/.git /tmp/* /run/* 2>/dev/null; true')
    expect(change.waitingFor).toBe('merge')
    expect((await diffOf(change)).diff).toContain('deleted file')
    await platform.call('cancelChange', { params: { change: change.id } })
    await changeSettings(platform, 'hostile', { autoMerge: true })
  })

  test('nested repositories, configuration and hooks come as plain files or not at all', async () => {
    const change = await hostile(
      [
        'mkdir -p inner && cd inner && git init -q . && echo x > file.txt',
        'git -c user.name=a -c user.email=a@b add -A && git -c user.name=a -c user.email=a@b commit -qm x && cd ..',
        'printf "[core]\\n\\tfsmonitor = touch /tmp/pwned\\n\\thooksPath = hooks\\n" > .git/config',
        'mkdir hooks && printf "#!/bin/sh\\ntouch /tmp/pwned\\n" > hooks/post-commit && chmod +x hooks/post-commit',
        'printf "* filter=evil diff=evil\\n" > .gitattributes',
      ].join('\n'),
    )
    expect(change.conclusion, change.reason ?? '').toBe('merged')
    const { diff } = await diffOf(change)
    expect(diff).toContain('inner/file.txt')
    expect(diff).not.toContain('Subproject commit')
  })

  test('hostile file names land and are shown, or are refused in words', async () => {
    const change = await hostile(
      [
        "touch -- '-rf' '--upload-pack=x' $'new\\nline' 'quo\"te' \"it's\" '$(touch pwned)' 'a;b' $'esc\\e[31m'",
        'touch "$(printf "n%.0s" $(seq 200))" "$(printf "\\xff\\xfe.txt")" "<img src=x onerror=alert(1)>"',
        'mkdir -p "..." ".. " && touch ".../x" ".. /y"',
      ].join('\n'),
    )
    expect(change.conclusion, change.reason ?? '').toBe('merged')
    const { diff } = await diffOf(change)
    for (const shown of ['b/-rf', 'new\\nline', 'quo\\"te', 'esc\\033[31m', 'n'.repeat(200), 'onerror']) {
      expect(diff).toContain(shown)
    }
    expect(diff).not.toContain('\u001b')
    expect(diff).not.toContain('pwned\n')
  })

  test('a file named as git names its own folder is refused in words', async () => {
    const change = await hostile('mkdir -p x && mkdir "x/.GIT" && echo evil > "x/.GIT/config"')
    expect(change.waitingFor).toBe('help')
    expect(change.reason).toContain('x/.GIT/config')
    expect(change.pullRequest).toBeNull()
  })

  test('links out of the tree stay links: what they name never comes along', async () => {
    const secret = (await readFile('/etc/passwd', 'utf8')).split('\n')[0] ?? ''
    const token = (await readFile(`${platform.dataDir}/cli-token`, 'utf8')).trim()
    const change = await hostile(
      [
        `ln -s /etc/passwd passwd; ln -s ${platform.dataDir} data; ln -s ../../../../etc up; ln -s . loop`,
        'printf "cat passwd up/passwd data/cli-token; ls -la data /proc/1/root; true\\n" > check.sh',
      ].join('\n'),
    )
    expect(change.conclusion, change.reason ?? '').toBe('merged')
    const { diff } = await diffOf(change)
    const everything = [diff, await logOf(platform, change), JSON.stringify(change)].join('\n')
    expect(diff).toContain('120000')
    expect(everything).not.toContain(token)
    if (secret !== '') expect(diff).not.toContain(secret)
    await hostile('rm -f check.sh passwd data up loop; echo clean > clean.txt')
  })

  test('a workflow that is a link is refused by name, on the project’s page too', async () => {
    await addProject(platform, { name: 'linked' })
    const change = await hostile(
      'mkdir -p .signalbox/workflows && ln -s /etc/passwd .signalbox/workflows/validate.yml',
      'linked',
    )
    expect(change.waitingFor).toBe('approval')
    const commit = change.pullRequest?.headCommit ?? ''
    await platform.call('approveChange', { params: { change: change.id }, body: { commit } })
    await platform.waitForChange(change.id, (c) => c.conclusion === 'merged')
    const next = await hostile('echo next > next.txt', 'linked')
    expect(next.waitingFor).toBe('help')
    expect(next.reason).toContain('.signalbox/workflows/validate.yml is a symlink')
    const project = await platform.call('getProject', { params: { project: 'linked' } })
    expect(project.slug).toBe('linked')
    const said = await refusalOf(platform.call('getValidationWorkflow', { params: { project: 'linked' } }))
    expect(said).toMatchObject({ code: 'not-a-file', status: 422 })
  })
})

describe('what an agent does while it runs', () => {
  afterEach(expectNoHarm)

  test('daemons and a fork bomb end with the turn', async () => {
    const daemon = await hostile(
      `for i in 1 2 3; do (setsid nohup bash -c 'exec -a ${marker} sleep 900' >/dev/null 2>&1 &); done; echo d > daemon.txt`,
    )
    expect(daemon.conclusion, daemon.reason ?? '').toBe('merged')
    await noneLeft(marker)
    const bomb = await hostile(`f() { f | f & }; f; sleep 2; echo bomb > bomb.txt; exit 0`)
    expect(['merged', null]).toContain(bomb.conclusion)
    if (bomb.conclusion === null) expect(bomb.reason).toMatch(/\w+ \w+/)
  })

  test('an agent that fills memory or disk fails in words', async () => {
    const memory = await hostile(`node -e 'const a=[]; for(;;) a.push(Buffer.alloc(16<<20, 1))'`)
    expect(memory.waitingFor).toBe('help')
    expect(memory.reason).toMatch(/memory|code \d+|SIG/)
    const disk = await hostile('head -c 2G /dev/zero > big.bin')
    expect(disk.waitingFor).toBe('help')
    expect(disk.reason).toMatch(/\w+ \w+/)
  })

  test('50 MB of garbage are cut with a notice; escapes and NULs are stored as harmless text', async () => {
    const change = await hostile(
      [
        `printf '\\033]0;evil title\\007\\033[2J\\000\\377\\376 ::add-mask::e\\n::error::x\\n##[group]y\\n'`,
        'head -c 50000000 /dev/urandom',
        'echo garbage > garbage.txt',
      ].join('\n'),
    )
    expect(change.conclusion, change.reason ?? '').toBe('merged')
    const spoken = change.agentRun?.conversation.map((entry) => entry.text).join('') ?? ''
    expect(spoken).toContain('is not kept')
    expect(spoken.length).toBeLessThan(5_000_000)
    expect(spoken).not.toContain('\0')
    expect(spoken).toContain('::add-mask::e')
  })

  test('one that removes or takes the sockets and scripts of its sandbox hurts itself only', async () => {
    const change = await hostile(
      'rm -rf /run/signalbox/* /tmp/signalbox /tmp/.[!.]* 2>/dev/null; ln -s /etc /tmp/signalbox; kill -9 1; echo s > s.txt',
    )
    expect(settled(change)).toBe(true)
    if (change.conclusion !== 'merged') expect(change.reason).toMatch(/\w+ \w+/)
  })

  test('one that kills everything it can see, its own init included, fails in words', async () => {
    const change = await hostile('kill -9 -1; kill -9 $PPID; sleep 5; true')
    expect(settled(change)).toBe(true)
    if (change.status === 'waiting') expect(change.reason).toMatch(/\w+ \w+/)
  })

  test('a test that prints without end is cut, and its log stays bounded', async () => {
    const change = await hostile(`printf 'head -c 30000000 /dev/urandom | base64; exit 3\\n' > check.sh`)
    expect(change.waitingFor).toBe('help')
    expect(change.evidence[0]?.exitCode).toBe(3)
    expect(change.evidence[0]?.excerpt.length).toBeLessThan(100_000)
    const log = await logOf(platform, change)
    expect(log).toContain('lines are left out here')
    expect(log.length).toBeLessThan(20_000_000)
  })
})

describe('workflows that are none', () => {
  const check =
    'on: pull_request\njobs:\n  validate:\n    runs-on: self-hosted\n    steps:\n      - run: "true"\n'

  async function withWorkflow(name: string, text: string): Promise<ChangeDetail> {
    await addProject(platform, {
      name,
      files: { 'README.md': '#\n', '.signalbox/workflows/validate.yml': text },
    })
    return await hostile('echo more > more.txt', name)
  }
  afterAll(expectNoHarm)

  test('malformed YAML is named with file, line and column', async () => {
    const change = await withWorkflow('malformed', `${check}    bad: [unclosed\n`)
    expect(change.waitingFor).toBe('help')
    expect(change.reason).toMatch(/\.signalbox\/workflows\/validate\.yml:\d+:\d+: /)
    const shown = await platform.call('getValidationWorkflow', { params: { project: 'malformed' } })
    expect(shown.diagnostics.length).toBeGreaterThan(0)
  })

  test('an unknown key is named with its place', async () => {
    const change = await withWorkflow('unknown-key', check.replace('runs-on', 'secretly: x\n    runs-on'))
    expect(change.reason).toContain('.signalbox/workflows/validate.yml:4:5: ')
    expect(change.reason).toContain('secretly')
  })

  test('an alias bomb, deep nesting and binary are refused quickly', async () => {
    const levels = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']
    const bomb = levels
      .map(
        (name, n) =>
          `${name}: &${name} [${Array(9)
            .fill(n ? `*${levels[n - 1]}` : 'x')
            .join(', ')}]\n`,
      )
      .join('')
    for (const [name, text] of [
      ['bomb', bomb + check],
      ['deep', `${'['.repeat(20_000)}\n`],
      ['binary', '\0\x01\x02\x7f\n\u001b[2J'],
      ['large', `${check}#${'x'.repeat(600_000)}\n`],
      ['empty-file', ''],
    ] as const) {
      const change = await withWorkflow(name, text)
      expect(change.waitingFor, name).toBe('help')
      expect(change.reason, name).toContain('.signalbox/workflows/validate.yml')
      expect(change.reason, name).not.toContain('\u001b')
    }
  })
})

describe('apps that do not run', () => {
  afterAll(expectNoHarm)

  test('one that exits at once, or finds its port taken', async () => {
    const [exits, taken] = await Promise.all([
      withApp('exits', 'echo no such module; exit 7'),
      withApp('taken', server(200), {
        testCommand:
          `nohup ${server(200)} >/dev/null 2>&1 & for i in $(seq 100); do (exec 3<>/dev/tcp/127.0.0.1/3000) 2>/dev/null && break; sleep 0.1; done`.replace(
            'process.env.PORT',
            '3000',
          ),
      }),
    ])
    expect(exits.reason).toContain('code 7')
    expect(exits.evidence[0]?.excerpt).toContain('no such module')
    expect(taken.reason).toContain('port 3000 is already in use')
  })
})

describe('goals', () => {
  test('too long, empty, with NUL, with HTML', async () => {
    const long = await refusalOf(give(platform, 'good', 'x'.repeat(20_001)))
    expect(long).toMatchObject({ status: 400, code: 'invalid-request' })
    expect(long.text).toContain('goal')
    expect(await refusalOf(give(platform, 'good', ' \n '))).toMatchObject({ status: 400 })
    const nul = await hostile('# <script>alert(1)</script>\u0000 \ud800\ntrue')
    expect(nul.conclusion).toBe('answered')
    expect(nul.title).toContain('<script>alert(1)</script>')
    expect(nul.title).not.toContain('\0')
    const title = await hostile('# <b>bold</b> $(touch pwned) `x` \u001b[31m\necho title > title.txt', 'good')
    expect(title.conclusion).toBe('merged')
    expect(await processesWith(marker)).toEqual([])
  })
})

describe('what is given up after a minute', () => {
  afterAll(expectNoHarm)

  test('an agent that hangs is ended with its daemons when its time is over', async () => {
    const change = await slow.hangs
    expect(change.waitingFor).toBe('help')
    expect(change.reason).toContain('did not end within 60 s')
  })

  test('an app that answers 500, and one that never listens, are told apart', async () => {
    expect((await slow.ill).reason).toContain('HTTP 500: no luck today')
    expect((await slow.silent).reason).toContain('never listened on port 3000')
    await noneLeft(slowMarker)
  })
})
