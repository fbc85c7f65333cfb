import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import {
  evaluateCondition,
  evaluateExpression,
  evaluateTemplate,
} from '@signalbox/core/expressions/evaluate.ts'
import { parseWorkflow } from '@signalbox/core/workflow/parse.ts'
import { parseAction } from '@signalbox/core/workflow/parse-action.ts'
import { parsePattern } from '@signalbox/core/workflow/read/name-pattern.ts'
import { createLineSplitter } from '@signalbox/engine/job/log/line-splitter.ts'
import { createMasker } from '@signalbox/engine/job/log/masker.ts'
import { compileMatcher } from '@signalbox/engine/job/log/matchers/compile.ts'
import { parseMatchers } from '@signalbox/engine/job/log/matchers/config.ts'
import { createLineMatcher } from '@signalbox/engine/job/log/matchers/match-line.ts'
import type { Random } from '@signalbox/engine/job/log/random.fixture.ts'
import { createCommandReader } from '@signalbox/engine/job/log/workflow-commands.ts'
import { parseCommandFile, parsePathFile } from '@signalbox/engine/job/steps/command-files.ts'
import { filePatterns } from '@signalbox/engine/job/steps/globs.ts'

/** Something that takes hostile input: it may refuse it by a Failure or a diagnostic, and by nothing else. */
export interface FuzzTarget {
  /** Makes an input; the same random numbers make the same. */
  make(random: Random): string
  /** Throws when it does not hold. `random` decides what is done with the input. */
  run(input: string, random: Random): void
}

const root = join(import.meta.dirname, '..', '..')
const folder = join(root, 'packages/core/src/workflow/testdata')

/** Files that were written by people, to begin from. */
const corpus = [
  ...readdirSync(folder).map((name) => {
    const text = readFileSync(join(folder, name), 'utf8')
    return /=== input\n([\s\S]*?)=== expected/.exec(text)?.[1] ?? text
  }),
  ...readdirSync(join(root, '.github/workflows')).map((name) =>
    readFileSync(join(root, '.github/workflows', name), 'utf8'),
  ),
  'runs: {using: composite, steps: [{run: "echo ${{ inputs.a }}", shell: bash}]}\ninputs: {a: {default: b}}\n',
]

const yamlPieces = [
  ...[
    '- ',
    ': ',
    '{',
    '}',
    '[',
    ']',
    ', ',
    '? ',
    '&a ',
    '*a',
    '*b',
    '!!str ',
    '!x ',
    '|',
    '>',
    '|-\n',
    '#',
    '---\n',
  ],
  ...[
    "'",
    '"',
    '\n',
    '  ',
    '\t',
    '\r\n',
    '\u0000',
    '\ufeff',
    '\u2028',
    'null',
    '~',
    'yes',
    '010',
    '0x1A',
    '1e999',
    '<<: ',
  ],
  ...[
    'on: push',
    'jobs:',
    'steps:',
    'run: x',
    'uses: a/b@c',
    'if: ',
    'needs: [a]',
    'strategy: {matrix: {v: [1]}}',
  ],
  ...[
    'wait: [a]',
    'wait-all:',
    'cancel: a',
    'parallel: [{run: x}]',
    'background: true',
    'env: {A: b}',
    '__proto__: 1',
  ],
  ...[
    '${{ ',
    ' }}',
    '${{ github.x }}',
    "${{ fromJSON('{}') }}",
    'constructor',
    'toString: x',
    '😀',
    '\ud800',
  ],
]

const expressionPieces = [
  ...[
    'github',
    'env',
    'matrix',
    'needs',
    'steps',
    '.a',
    '.*',
    "['a']",
    '[0]',
    '[',
    ']',
    '(',
    ')',
    ',',
    ' ',
    '!',
    '-',
  ],
  ...[
    '==',
    '!=',
    '<',
    '>',
    '<=',
    '>=',
    '&&',
    '||',
    'true',
    'false',
    'null',
    'NaN',
    'Infinity',
    '0x1F',
    '1e3',
    '.5',
    "''",
  ],
  ...[
    "'a'",
    "'it''s'",
    "'",
    '"',
    '$',
    '{',
    '}',
    '${{',
    '}}',
    'contains',
    'format',
    'join',
    'toJSON',
    'fromJSON',
    'case',
  ],
  ...[
    'startsWith',
    'endsWith',
    'hashFiles',
    'success',
    'always',
    "'{0} {1} {{'",
    '\'[1,[2,{"a":[]}]]\'',
    '\n',
    '\u0000',
    'é',
  ],
]

const logPieces = [
  ...[
    '::group::',
    '::endgroup::',
    '::error file=a,line=1::',
    '::add-mask::',
    '::stop-commands::t',
    '::t::',
    '##[error]',
  ],
  ...[
    '::set-output name=a::',
    '::save-state name=b::',
    '::set-env name=c::',
    '::add-path::',
    '::echo::on',
    '::debug::',
  ],
  ...[
    '%0A',
    '%25',
    '%0D',
    '%3A',
    '::',
    '\n',
    '\r\n',
    '\r',
    '\n\n',
    ' ',
    'hunter2-secret',
    'hunter2',
    'second line',
  ],
  ...[
    '\u001b[31m',
    '\u0000',
    'é€😀',
    '\ufffd',
    'plain text of a build',
    'aHVudGVyMi1zZWNyZXQ=',
    '::add-matcher::',
    ']',
  ],
]

const globPieces = [
  '*',
  '**',
  '?',
  '+',
  '[a-z]',
  '[',
  ']',
  '!',
  '/',
  '\\',
  'a',
  'ab',
  '.',
  '-',
  '{',
  '}',
  '#',
  ' ',
  '~',
  '..',
  '\n',
]

const regexPieces = [
  ...[
    '(',
    ')',
    '(?:',
    '*',
    '+',
    '?',
    '{1,9}',
    '{99}',
    '|',
    '^',
    '$',
    '.',
    '\\d',
    '\\s',
    '\\S',
    '\\w',
    '[^:]',
    '[a-z]',
    '\\b',
  ],
  ...['a', 'b', ':', '\\(', '\\)', '(?=', '(?<n>', '\\1', '\\', '[', ']', 'é'],
]

function made(random: Random, pieces: readonly string[], most: number): string {
  return Array.from({ length: random.below(most) }, () => random.pick(pieces)).join('')
}

/** A text of the corpus with pieces put in, taken out, doubled and swapped. */
function mutated(random: Random): string {
  let text = random.pick(corpus)
  for (let left = 1 + random.below(12); left > 0; left--) {
    const at = random.below(text.length + 1)
    const end = Math.min(text.length, at + random.below(40))
    const change = random.below(5)
    if (change === 0) text = text.slice(0, at) + text.slice(end)
    else if (change === 1) text = text.slice(0, end) + text.slice(at)
    else if (change === 2) text = text.slice(0, at) + made(random, yamlPieces, 4) + text.slice(end)
    else if (change === 3) text = text.slice(0, at) + random.pick(yamlPieces) + text.slice(at)
    else
      text =
        text.slice(0, at) + String.fromCharCode(random.below(random.below(2) ? 128 : 65_536)) + text.slice(at)
  }
  return text
}

/** Runs what may refuse by a Failure. */
function orRefuse(run: () => unknown): void {
  try {
    run()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
  }
}

function hold(held: boolean, what: string): void {
  if (!held) throw new Error(what)
}

const contexts = {
  github: { a: 'x', event: { list: [1, 'two', null, { a: [] }], text: 'é' } },
  env: { A: 'b' },
  matrix: { v: [1, 2] },
  needs: {},
  steps: {},
  hashFiles: () => 'h',
}
const status = { success: () => true, failure: () => false, cancelled: () => false }

/** What is fuzzed, by name. */
export const targets: Record<string, FuzzTarget> = {
  workflow: {
    make: mutated,
    run(input) {
      const { workflow, diagnostics } = parseWorkflow('.github/workflows/ci.yml', input)
      hold(
        Boolean(workflow) !== diagnostics.some((d) => d.severity === 'error'),
        'either a workflow or an error',
      )
      for (const { start } of diagnostics) hold(start.line >= 1 && start.column >= 1, 'a place')
    },
  },
  action: {
    make: mutated,
    run(input) {
      const { action, diagnostics } = parseAction('action.yml', input)
      hold(
        Boolean(action) !== diagnostics.some((d) => d.severity === 'error'),
        'either an action or an error',
      )
    },
  },
  expression: {
    make: (random) => made(random, expressionPieces, 24),
    run(input) {
      orRefuse(() => evaluateExpression(input, contexts, status))
      orRefuse(() => evaluateTemplate(`a \${{ ${input} }} b`, contexts, status))
      orRefuse(() => evaluateCondition(input, contexts, status))
    },
  },
  'command file': {
    make: (random) =>
      made(random, ['A', '=', '<<', 'E', '\n', '\r\n', 'b c', '\u0000', '\ufeff', '<', 'é', '=='], 40),
    run(input) {
      orRefuse(() => {
        for (const [name, value] of parseCommandFile(input)) {
          hold(name !== '' && !name.includes('\n'), 'a name of one line')
          hold(input.includes(value.split('\n')[0] ?? ''), 'a value of the file')
        }
      })
      orRefuse(() => parsePathFile(input))
    },
  },
  log: {
    make: (random) => made(random, logPieces, 60),
    run(input, random) {
      const whole = read(input, () => input.length * 4)
      const cut = read(input, () => 1 + random.below(9))
      hold(whole === cut, `the log depends on how its bytes come: ${whole} against ${cut}`)
      hold(!/hunter2-secret/.test(whole.replace(/::t::|::stop-commands::t/g, '')), 'a secret leaves')
    },
  },
  'file glob': {
    make: (random) => made(random, globPieces, 24),
    run(input) {
      const patterns = filePatterns(input.split('\n'), '/workspace')
      for (const path of ['a', 'a/b/c.ts', `${'a/'.repeat(60)}b`, `${'a'.repeat(200)}`])
        patterns.matches(path)
    },
  },
  'name pattern': {
    make: (random) => made(random, globPieces, 24),
    run(input) {
      const pattern = parsePattern(input)
      if (typeof pattern === 'string') return
      for (const name of ['a', 'a/b', 'a'.repeat(2000), `${'ab/'.repeat(300)}x`]) pattern.matches(name)
    },
  },
  'problem matcher': {
    make: (random) => made(random, regexPieces, 16),
    run(input, random) {
      orRefuse(() => {
        const pattern = { regexp: input, message: random.below(3), file: random.below(4) }
        const [config] = parseMatchers(
          JSON.stringify({ problemMatcher: [{ owner: 'o', pattern: [pattern] }] }),
        )
        const compiled = config && compileMatcher(config)
        if (!compiled || 'leftOut' in compiled) return
        const matcher = createLineMatcher(compiled)
        for (const line of ['a:b(1)', 'a'.repeat(4096), 'ab:'.repeat(1300)]) matcher.match(line)
      })
    },
  },
}

/** What the log shows of a text whose bytes come in pieces of these lengths. */
function read(text: string, length: () => number): string {
  const masker = createMasker(['hunter2-secret'])
  const reader = createCommandReader(masker)
  const lines: string[] = []
  const splitter = createLineSplitter(
    masker,
    (line) => lines.push(line),
    (line) => reader.read(line),
  )
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; ) {
    const next = at + Math.max(1, length())
    splitter.push(bytes.subarray(at, next))
    at = next
  }
  splitter.end()
  return lines.join('\n')
}
