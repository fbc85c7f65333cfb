import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChangeDetail } from '@signalbox/core/contract/views/changes.ts'
import { type Platform, startPlatform, until } from '@signalbox/testing/platform.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  addProject,
  changeSettings,
  git,
  give,
  noneLeft,
  noSandboxLeft,
  processesWith,
  refusalOf,
  settled,
  writeFiles,
} from './small-project.ts'

const marker = `signalbox-gates-${process.pid}`

/** Plans when asked to plan; runs what begins with #!; else writes down what it was told. */
const agentCommand = [
  'first=$(head -n 1 "$SIGNALBOX_GOAL_FILE")',
  'if [ "$SIGNALBOX_MODE" = plan ]; then',
  '  echo planned > planned.txt; echo "Plan $SIGNALBOX_TURN for: $first" > "$SIGNALBOX_ANSWER_FILE"',
  'elif [ "$first" = "#!" ]; then bash "$SIGNALBOX_GOAL_FILE"',
  'else echo "$first" >> told.txt; fi',
].join('\n')

let platform: Platform

async function project(name: string, more: Parameters<typeof addProject>[1]['settings'] = {}) {
  return await addProject(platform, {
    name,
    files: { 'README.md': '# Small\n', 'told.txt': '' },
    settings: {
      agent: { driver: 'exec', command: agentCommand, timeoutMinutes: 1 },
      validation: { testCommand: 'if [ -f check.sh ]; then bash check.sh; fi', maxRetries: 0 },
      autoMerge: false,
      ...more,
    },
  })
}

beforeAll(async () => {
  platform = await startPlatform()
  await project('plans', { autoMerge: true })
  await project('gates')
})
afterAll(async () => await platform?.destroy())

const script = (text: string) => `#!\n${text}`
const of = (change: ChangeDetail) => ({ params: { change: change.id } })

async function settle(change: ChangeDetail): Promise<ChangeDetail> {
  return await platform.waitForChange(change.id, settled)
}

async function begin(slug: string, goal: string, mode: 'auto' | 'plan' = 'auto'): Promise<ChangeDetail> {
  return await settle(await give(platform, slug, goal, mode))
}

/** The project's own repository, by git plumbing: as if somebody had landed something else meanwhile. */
async function commitToMain(slug: string, files: Record<string, string>): Promise<string> {
  const { id } = await platform.call('getProject', { params: { project: slug } })
  const gitDir = join(platform.dataDir, 'repositories', `${id}.git`)
  const tree = await mkdtemp(join(tmpdir(), 'signalbox-tree-'))
  const at = [`--git-dir=${gitDir}`, `--work-tree=${tree}`]
  await git(tree, ...at, 'read-tree', 'refs/heads/main')
  await git(tree, ...at, 'checkout-index', '-a')
  await writeFiles(tree, files)
  await git(tree, ...at, 'add', '-A')
  const written = await git(tree, ...at, 'write-tree')
  const commit = await git(tree, ...at, 'commit-tree', '-p', 'refs/heads/main', '-m', 'Meanwhile', written)
  await git(tree, ...at, 'update-ref', 'refs/heads/main', commit)
  await rm(tree, { recursive: true, force: true })
  return commit
}

function answers(change: ChangeDetail): string[] {
  return change.agentRun?.conversation.filter((e) => e.kind === 'end').map((e) => e.text) ?? []
}

describe('plans', () => {
  test('a plan waits; a message is no confirmation; a change makes a new plan; confirm carries it out', async () => {
    const first = await begin('plans', 'Paint it blue', 'plan')
    expect(first).toMatchObject({ waitingFor: 'plan', pullRequest: null })
    expect(answers(first)).toEqual(['Plan 1 for: Paint it blue'])
    await platform.call('sendMessage', { ...of(first), body: { text: 'Is it dark?' } })
    const second = await settle(first)
    expect(second).toMatchObject({ waitingFor: 'plan', pullRequest: null })
    await platform.call('decidePlan', { ...of(first), body: { decision: 'change', text: 'Paint it red' } })
    const third = await settle(first)
    expect(third.waitingFor).toBe('plan')
    expect(answers(third).at(-1)).toBe('Plan 3 for: Paint it red')
    await platform.call('decidePlan', { ...of(first), body: { decision: 'confirm' } })
    const done = await settle(first)
    expect(done.conclusion).toBe('merged')
    const { diff } = await platform.call('getChangeDiff', of(first))
    expect(diff).toContain('The plan is confirmed')
    expect(diff).not.toContain('planned.txt')
  })

  test('a rejected plan ends with its reason, and takes no further word', async () => {
    const change = await begin('plans', 'Paint it grey', 'plan')
    await platform.call('decidePlan', { ...of(change), body: { decision: 'reject', text: 'Too dull.' } })
    const done = await settle(change)
    expect(done).toMatchObject({ conclusion: 'rejected', pullRequest: null })
    expect(done.reason).toContain('Too dull.')
    const again = platform.call('decidePlan', { ...of(change), body: { decision: 'confirm' } })
    expect(await refusalOf(again)).toMatchObject({ code: 'refused', status: 409 })
  })

  test('with auto-confirm nobody is asked', async () => {
    await project('auto', { autoMerge: true, agent: { command: agentCommand, autoConfirmPlans: true } })
    const change = await begin('auto', 'Paint it green', 'plan')
    expect(change.conclusion).toBe('merged')
    expect(answers(change)).toHaveLength(2)
  })

  test('an answer without a change to files ends as answered, with the environment that is promised', async () => {
    const change = await begin(
      'plans',
      script(
        [
          'test -f "$SIGNALBOX_HISTORY_FILE" && test "$SIGNALBOX_HISTORY_FILE" != "$SIGNALBOX_GOAL_FILE"',
          'echo "mode $SIGNALBOX_MODE turn $SIGNALBOX_TURN history $(cat "$SIGNALBOX_HISTORY_FILE")" > "$SIGNALBOX_ANSWER_FILE"',
        ].join('\n'),
      ),
    )
    expect(change).toMatchObject({ conclusion: 'answered', pullRequest: null })
    expect(change.agentRun?.responseType).toBe('regular')
    expect(answers(change)).toEqual(['mode work turn 1 history []'])
  })
})

describe('a cancel leaves nothing behind', () => {
  const hang = `exec -a ${marker} sleep 600`
  const running = async () => (await processesWith(marker)).length > 0

  async function expectCancelled(change: ChangeDetail) {
    await platform.call('cancelChange', of(change))
    const done = await platform.waitForChange(change.id, (c) => c.runs.every((r) => r.status === 'completed'))
    expect(done.conclusion).toBe('cancelled')
    if (done.pullRequest) expect(done.pullRequest.state).toBe('closed')
    await noneLeft(marker)
    await noSandboxLeft(platform)
    expect(await refusalOf(platform.call('cancelChange', of(change)))).toMatchObject({ status: 409 })
    const { items } = await platform.call('listRuns', { query: {} })
    expect(items.filter((run) => run.changeId === change.id && run.status !== 'completed')).toEqual([])
  }

  test('while it works, daemons included', async () => {
    const change = await give(platform, 'gates', script(`(setsid bash -c '${hang}' &); ${hang}`))
    await until(running, 30_000)
    await expectCancelled(change)
  })

  test('while it is validated', async () => {
    const change = await give(platform, 'gates', script(`echo '${hang}' > check.sh`))
    await until(running, 30_000)
    await expectCancelled(change)
  })

  test('while it waits for a plan, for a merge and for the next fix', async () => {
    await expectCancelled(await begin('gates', 'Think', 'plan'))
    await expectCancelled(await begin('gates', 'Do it'))
    await project('backing-off', {
      validation: { testCommand: 'false', retryBackoffSeconds: 600, maxRetries: 3 },
    })
    const change = await give(platform, 'backing-off', 'Break it')
    await expectCancelled(await platform.waitForChange(change.id, (c) => c.status === 'fixing'))
  })
})

describe('merges', () => {
  test('with auto-merge off a person lands exactly the validated commit', async () => {
    const change = await begin('gates', 'Land me')
    expect(change).toMatchObject({ waitingFor: 'merge' })
    await platform.call('mergeChange', of(change))
    const done = await settle(change)
    expect(done.conclusion).toBe('merged')
    expect(done.pullRequest?.landedCommit).toBe(change.pullRequest?.mergeCommit)
    const { headCommit } = await platform.call('getProject', { params: { project: 'gates' } })
    expect(headCommit).toBe(change.pullRequest?.mergeCommit)
  })

  test('a base that moved after the validation is validated again before anything lands', async () => {
    const change = await begin('gates', script('echo mine > mine.txt'))
    expect(change.waitingFor).toBe('merge')
    const theirs = await commitToMain('gates', { 'theirs.txt': 'theirs\n' })
    await platform.call('mergeChange', of(change))
    const done = await platform.waitForChange(change.id, (c) => c.conclusion === 'merged')
    expect(done.pullRequest?.baseCommit).toBe(theirs)
    expect(done.pullRequest?.landedCommit).not.toBe(change.pullRequest?.mergeCommit)
    expect(done.runs.filter((r) => r.kind === 'validation').map((r) => r.commit)).toContain(
      done.pullRequest?.landedCommit,
    )
    expect(done.evidence).toHaveLength(2)
  })

  test('a conflict asks a person and names the file', async () => {
    const change = await begin('gates', script('echo "# Mine" > README.md'))
    await commitToMain('gates', { 'README.md': '# Theirs\n' })
    await platform.call('mergeChange', of(change))
    const done = await platform.waitForChange(change.id, (c) => c.waitingFor === 'help')
    expect(done.reason).toContain('conflicts with main')
    expect(done.reason).toContain('README.md')
    await platform.call('cancelChange', of(change))
  })

  test('what a person pushes to the branch is validated with it; main cannot be pushed to', async () => {
    const change = await begin('gates', script('echo agent > pushed.txt'))
    expect(change.waitingFor).toBe('merge')
    const token = (await readFile(join(platform.dataDir, 'cli-token'), 'utf8')).trim()
    const folder = await mkdtemp(join(tmpdir(), 'signalbox-clone-'))
    const url = `http://person:${token}@127.0.0.1:${platform.port}/git/gates.git`
    const branch = change.pullRequest?.headBranch ?? ''
    await git(folder, 'clone', '-q', '-b', branch, url, 'clone')
    const clone = join(folder, 'clone')
    await writeFiles(clone, { 'person.txt': 'by hand\n' })
    await git(clone, 'add', '-A')
    await git(clone, 'commit', '-q', '-m', 'By hand')
    const refused = await git(clone, 'push', '-q', 'origin', 'HEAD:main').catch(
      (error: Error) => error.message,
    )
    expect(refused).toMatch(/main/)
    expect(refused).toMatch(/den|refus|reject/i)
    await git(clone, 'push', '-q', 'origin', `HEAD:${branch}`)
    const head = await git(clone, 'rev-parse', 'HEAD')
    const pushed = await platform.waitForChange(
      change.id,
      (c) => c.waitingFor === 'merge' && c.pullRequest?.headCommit === head,
    )
    expect(pushed.evidence).toHaveLength(2)
    await platform.call('mergeChange', of(change))
    const done = await settle(change)
    expect(done.conclusion).toBe('merged')
    expect((await platform.call('getChangeDiff', of(change))).diff).toContain('person.txt')
    await rm(folder, { recursive: true, force: true })
  })
})

describe('gates', () => {
  test('edits of workflows, actions and submodules wait for a word on exactly this head', async () => {
    const changes = await Promise.all(
      [
        'mkdir -p .github/workflows && echo "on: push" > .github/workflows/x.yml',
        'printf "[submodule \\"a\\"]\\n\\tpath = a\\n\\turl = https://example.com/a.git\\n" > .gitmodules',
        'ln -s elsewhere .signalbox',
      ].map((text) => begin('gates', script(text))),
    )
    expect(changes.map((c) => c.waitingFor)).toEqual(['approval', 'approval', 'approval'])
    expect(changes.map((c) => /It edits (\S+);/.exec(c.reason ?? '')?.[1])).toEqual([
      '.github/workflows/x.yml',
      '.gitmodules',
      '.signalbox',
    ])
    const [change] = changes
    if (!change) throw new Error('no change')
    expect(await refusalOf(platform.call('mergeChange', of(change)))).toMatchObject({ status: 409 })
    const older = change.pullRequest?.headCommit ?? ''
    await platform.call('sendMessage', { ...of(change), body: { text: script('echo more >> README.md') } })
    const newer = await settle(change)
    expect(newer.waitingFor).toBe('approval')
    const stale = await refusalOf(platform.call('approveChange', { ...of(change), body: { commit: older } }))
    expect(stale).toMatchObject({ status: 409, code: 'stale-fence' })
    const commit = newer.pullRequest?.headCommit ?? ''
    await platform.call('approveChange', { ...of(change), body: { commit } })
    const approved = await platform.waitForChange(change.id, (c) => c.waitingFor === 'merge')
    expect(approved.pullRequest?.headCommit).toBe(commit)
    for (const one of changes) await platform.call('cancelChange', of(one))
  })

  test('a change cannot weaken its own gate: the base’s workflow runs', async () => {
    const gate = (run: string) =>
      `on: pull_request\njobs:\n  validate:\n    runs-on: self-hosted\n    steps:\n      - uses: actions/checkout@v4\n      - run: ${run}\n`
    await addProject(platform, {
      name: 'own-gate',
      files: { 'README.md': '#\n', '.signalbox/workflows/validate.yml': gate('test ! -e forbidden.txt') },
    })
    const weaker = gate('"true"').replaceAll('\n', '\\n').replaceAll('"', '\\"')
    const change = await begin(
      'own-gate',
      `printf "${weaker}" > .signalbox/workflows/validate.yml; touch forbidden.txt`,
    )
    expect(change).toMatchObject({ waitingFor: 'help', conclusion: null })
    expect(change.evidence.map((e) => e.conclusion)).toEqual(['failure'])
    const validation = change.runs.find((r) => r.kind === 'validation')
    const run = await platform.call('getRun', { params: { run: validation?.id ?? '' } })
    expect(run.workflowText).toContain('test ! -e forbidden.txt')
  })

  test('the same failure twice stops and asks; so do three attempts that fail in other ways', async () => {
    const validation = { testCommand: 'bash check.sh', maxRetries: 3, retryBackoffSeconds: 0 }
    await project('same', { validation })
    await project('other', {
      validation: { ...validation, testCommand: 'echo "the word $(cat word.txt) is wrong"; exit 1' },
      agent: { command: 'words=(zero one two three four five); echo "${words[$SIGNALBOX_TURN]}" > word.txt' },
    })
    const [same, other] = await Promise.all([
      begin('same', script('echo "echo it is broken; exit 1" > check.sh')),
      begin('other', 'Guess'),
    ])
    expect(same).toMatchObject({ waitingFor: 'help', fixAttempts: 1 })
    expect(same.reason).toContain('The same failure came twice')
    expect(other, other.reason ?? '').toMatchObject({ waitingFor: 'help', fixAttempts: 3 })
    expect(other.reason).toContain('Still failing after 3 fix attempts')
    expect(other.evidence).toHaveLength(4)
    await changeSettings(platform, 'other', { validation: { testCommand: 'true' } })
    await platform.call('retryChange', of(other))
    const retried = await platform.waitForChange(other.id, (c) => c.waitingFor === 'merge')
    expect(retried.evidence).toHaveLength(5)
  })
})
