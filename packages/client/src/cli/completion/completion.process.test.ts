import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCli } from '../cli.ts'
import { createProgram } from '../program.ts'
import { bashCompletion } from './bash.ts'
import { fishCompletion } from './fish.ts'
import { treeOf } from './tree.ts'
import { zshCompletion } from './zsh.ts'

const cli = createCli(new AbortController().signal)
const tree = treeOf(createProgram(cli, { exitCode: 0, json: false }))
let folder: string

/** A program of that name on the path that answers what the real one would ask its server for. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-completion-'))
  const script =
    '#!/bin/sh\n[ "$1" = complete ] && printf "shop\\tThe shop\\nsample\\tSample: it\'s one\\n"\n'
  writeFileSync(join(folder, 'signalbox'), script, { mode: 0o755 })
  writeFileSync(join(folder, 'bash'), bashCompletion(tree))
  writeFileSync(join(folder, '_signalbox'), zshCompletion(tree))
  writeFileSync(join(folder, 'fish'), fishCompletion(tree))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function run(program: string, args: string[]): string[] {
  const env = { PATH: `${folder}:/usr/bin:/bin`, HOME: folder, TERM: 'dumb' }
  const result = spawnSync(program, args, { env, encoding: 'utf8' })
  expect(result.stderr).toBe('')
  return result.stdout.split('\n').filter((line) => line !== '')
}

/** The words that the shell offers after this beginning of a command line. */
const offers: Record<string, (line: string[]) => string[]> = {
  bash: (line) =>
    run('/bin/bash', [
      '-c',
      `source ${folder}/bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _signalbox; printf '%s\\n' "\${COMPREPLY[@]}"`,
      'bash',
      ...line,
    ]),
  fish: (line) =>
    run('/usr/bin/fish', [
      '--no-config',
      '-c',
      `source ${folder}/fish; complete -C ${JSON.stringify(line.join(' '))}`,
    ]).map((each) => each.split('\t')[0] ?? ''),
}

const cases: [line: string[], wanted: string[], unwanted: string[]][] = [
  [['signalbox', 'proj'], ['project'], ['runs']],
  [['signalbox', 'runs', ''], ['list', 'show', 'cancel'], ['project']],
  [['signalbox', 'runs', 'list', '--'], ['--project', '--limit', '--json'], ['--follow']],
  [['signalbox', 'runs', 'list', '--project', 's'], ['shop', 'sample'], ['list']],
  [['signalbox', 'runs', '--project', 'list', ''], ['show'], []],
  [['signalbox', 'project', 'show', 'sh'], ['shop'], ['sample']],
]

for (const [shell, offer] of Object.entries(offers)) {
  const program = shell === 'bash' ? '/bin/bash' : `/usr/bin/${shell}`
  // Where a shell is not installed, its script is not tried; the test machine brings it.
  describe.skipIf(!existsSync(program))(`completion of ${shell}`, () => {
    test.each(cases)('%j', (line, wanted, unwanted) => {
      const found = offer(line)
      for (const word of wanted) expect(found).toContain(word)
      for (const word of unwanted) expect(found).not.toContain(word)
    })
  })
}

describe.skipIf(!existsSync('/usr/bin/zsh'))('completion of zsh', () => {
  test('loads, and asks with the words of the place', () => {
    const lines = run('/usr/bin/zsh', [
      '-f',
      '-c',
      `autoload -Uz compinit; compinit -u -D; source ${folder}/_signalbox
       _describe() { print -l -- "\${(P@)@[-1]}" }
       words=(signalbox runs ''); CURRENT=3; _signalbox
       words=(signalbox runs list --project s); CURRENT=5; _signalbox`,
    ])
    expect(lines.map((line) => line.split(':')[0])).toEqual(
      expect.arrayContaining(['list', 'show', 'cancel', 'shop', 'sample']),
    )
  })
})
