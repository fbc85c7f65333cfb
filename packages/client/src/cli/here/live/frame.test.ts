import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { createStyle } from '../../style.ts'
import { closing, frame } from './frame.ts'
import { addLines, jobIn, keptLines, type LiveRun } from './live-state.ts'
import { wantsTree } from './screen.ts'

const style = createStyle(false)

function sample(jobs: number): LiveRun {
  const run: LiveRun = { title: 'ci.yml', startedAt: 0, jobs: new Map(), stopping: false }
  for (let n = 0; n < jobs; n++) {
    const job = jobIn(run, `job${n}`)
    if (n % 3 === 0)
      Object.assign(job, {
        status: 'done',
        conclusion: n === 3 ? 'failure' : 'success',
        durationMs: 40,
        reason: n === 3 ? 'step 1 failed' : undefined,
      })
    if (n % 3 !== 1) continue
    const step = {
      number: 2,
      name: 'Run npm test',
      startedAt: 500,
      conclusion: undefined,
      durationMs: 0,
      reason: undefined,
      tail: [],
    }
    Object.assign(job, { status: 'running', startedAt: 100, steps: [step] })
    addLines(step, ['one', 'two', 'three', 'four \u001b[2Jwipe'])
  }
  return run
}

test('what runs is shown with its step and the end of its log', () => {
  const lines = frame(sample(3), { columns: 80, rows: 24, now: 1100, style })
  expect(lines).toEqual([
    'ci.yml  1.1 s  ',
    '✓ success job0 40 ms',
    '> job1 1.0 s',
    '  ▸ 2 Run npm test 600 ms',
    '    two',
    '    three',
    '    four wipe',
    '1 done · 1 waiting',
  ])
})

test('a frame is never wider or higher than its terminal, whatever it holds', () => {
  for (const columns of [1, 10, 20, 40, 200]) {
    for (const rows of [1, 5, 10, 24, 60]) {
      for (const count of [0, 1, 7, 100]) {
        const run = sample(count)
        for (const job of run.jobs.values()) job.key = `${job.key} ${'日本語'.repeat(30)}`
        const lines = frame(run, { columns, rows, now: 1100, style: createStyle(true) })
        expect(lines.length).toBeLessThanOrEqual(Math.max(3, rows - 1))
        for (const line of lines) {
          const text = stripVTControlCharacters(line)
          const wide = [...text].filter((sign) => sign > '\u2e80').length
          expect([...text].length + wide).toBeLessThan(Math.max(2, columns))
        }
      }
    }
  }
})

test('failures come first with the end of their log, then every job', () => {
  const run = sample(4)
  const failed = jobIn(run, 'job3')
  const step = {
    number: 1,
    name: 'Test',
    startedAt: 0,
    conclusion: 'failure' as const,
    durationMs: 9,
    reason: 'exit code 1',
    tail: [],
  }
  failed.steps.push(step)
  addLines(
    step,
    Array.from({ length: 100 }, (_, n) => `line ${n}`),
  )
  const text = closing(run, { style, now: 2000 })
  expect(text).toMatch(
    /^✗ job3: step 1 failed\n {2}▸ 1 Test\n {4}│ line 70\n.*│ line 99\n\n✓ success +job0 +40 ms\n.*ci\.yml 2\.0 s\n$/s,
  )
  expect(step.tail).toHaveLength(keptLines)
})

test('a tree is for terminals, and neither for CI nor without colours', () => {
  expect(wantsTree({ TERM: 'xterm' }, { isTTY: true })).toBe(true)
  expect(wantsTree({ TERM: 'xterm' }, {})).toBe(false)
  for (const env of [{ CI: 'true' }, { NO_COLOR: '1' }, { TERM: 'dumb' }]) {
    expect(wantsTree(env, { isTTY: true })).toBe(false)
  }
})
