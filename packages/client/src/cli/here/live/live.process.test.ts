import { spawn } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CliCheckout, cliCheckout } from '../../cli-process.fixture.ts'

let shop: CliCheckout
beforeAll(() => {
  shop = cliCheckout({
    '.github/workflows/live.yml': `on: push
jobs:
  good: { runs-on: linux, steps: [{ run: "echo well" }] }
  bad: { needs: good, runs-on: linux, steps: [{ run: "for n in 1 2 3; do echo line $n; done; exit 4" }] }
`,
    '.github/workflows/slow.yml':
      'on: release\njobs:\n  wait: { runs-on: linux, steps: [{ run: "echo begun; sleep 300" }] }\n',
  })
})
afterAll(() => shop.remove())

/** The CLI on a terminal of its own, 40 columns wide; `script` is of util-linux. */
function onTerminal(args: string[], answer?: { at: string; keys: string }) {
  const command = ['stty cols 40 rows 12;', process.execPath, ...shop.command(args)].join(' ')
  const env = { ...shop.env, TERM: 'xterm' }
  const child = spawn('script', ['-qec', command, '/dev/null'], { cwd: shop.dir, env })
  let out = ''
  child.stdout.on('data', (chunk) => {
    out += String(chunk)
    if (answer && out.includes(answer.at)) {
      child.stdin.write(answer.keys)
      answer = undefined
    }
  })
  return new Promise<{ code: number | null; out: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, out })),
  )
}

test('on a terminal the tree is drawn in place, then failures come first and every job after them', async () => {
  const { code, out } = await onTerminal(['run', 'live', '--sandbox', 'host'])
  expect(code).toBe(1)
  expect(out).toContain('\u001b[?2026h')
  const end = out.slice(out.lastIndexOf('\u001b[J'))
  expect(end).toMatch(/✗.*bad.*line 1\r\n.*line 3\r\n.*✓ success.*good.*✗ failure.*bad/s)
  expect(end).toContain('\u001b[?25h')
})

test('Ctrl-C says that it stops, ends what runs and gives the cursor back', async () => {
  const { code, out } = await onTerminal(['run', 'slow', '--sandbox', 'host'], {
    at: 'begun',
    keys: '\u0003',
  })
  expect(code).toBe(130)
  expect(out).toMatch(/cancelled/)
  expect(out.lastIndexOf('\u001b[?25h')).toBeGreaterThan(out.lastIndexOf('\u001b[?25l'))
})
