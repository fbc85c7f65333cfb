import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type JobFixture, jobFixture } from '../job-fixture.ts'

let fixture: JobFixture
beforeAll(() => {
  fixture = jobFixture()
})
afterAll(() => fixture.close())

const commandLine = `tr '\\0' ' ' < /proc/$$/cmdline`

it('each shell runs with the flags that GitHub documents', async () => {
  const { text } = await fixture.run(`
- run: ${commandLine}
- {run: "${commandLine.replaceAll('\\', '\\\\')}", shell: bash}
- {run: "${commandLine.replaceAll('\\', '\\\\')}", shell: sh}
- {run: "${commandLine.replaceAll('\\', '\\\\')}", shell: "bash -u {0}"}`)
  const script = '/tmp/signalbox/temp/step-\\d\\.sh $'
  expect(text(1)).toMatch(new RegExp(`^bash -e ${script}`))
  expect(text(2)).toMatch(new RegExp(`^bash --noprofile --norc -eo pipefail ${script}`))
  expect(text(3)).toMatch(new RegExp(`^sh -e ${script}`))
  expect(text(4)).toMatch(new RegExp(`^bash -u ${script}`))
})

it('standard input is at its end in every shell', async () => {
  const { text, result } = await fixture.run(`
- run: wc -c; read x || echo end; [ -t 0 ] || echo no terminal
- {run: 'import sys; print(repr(sys.stdin.read()))', shell: python}
- {run: 'process.stdin.on("data", () => console.log("data")).on("end", () => console.log("end"))', shell: node}
- {run: 'print defined(<STDIN>) ? "line" : "end"', shell: 'perl {0}'}`)
  expect(result.conclusion).toBe('success')
  expect(text(1)).toBe('0\nend\nno terminal')
  expect(text(2)).toBe("''")
  expect(text(3)).toBe('end')
  expect(text(4)).toBe('end')
})

it('carriage returns and bytes that are no text go through files as they are, and into the log as one can read them', async () => {
  const { steps, text } = await fixture.run(`
- id: a
  run: |
    printf 'one\\r\\ntwo\\rthree\\r\\n\\377\\000x\\n'
    printf 'v<<E\\r\\nfirst\\r\\nsecond\\r\\nE\\r\\n' >> $GITHUB_OUTPUT
    printf 'a\\r\\n\\377\\000' > bytes
- run: od -An -tx1 bytes
- run: printf '%s' "$V" | od -An -c
  env: {V: "\${{ steps.a.outputs.v }}"}`)
  expect(text(1)).toBe('one\ntwo\rthree\n\ufffd\u0000x')
  expect(steps[0]?.outputs).toEqual({ v: 'first\r\nsecond' })
  expect(text(2).trim()).toBe('61 0d 0a ff 00')
  expect(text(3).replace(/\s+/g, ' ').trim()).toBe('f i r s t \\r \\n s e c o n d')
})

it('what a step leaves in the background goes on beside the next steps, and ends with the job', async () => {
  const mark = `sleep 98${process.pid}`
  const running = () =>
    execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line === mark)
  let during = 0
  const { text, result } = await fixture.run(
    `
- run: setsid nohup ${mark} > /dev/null 2>&1 & disown; (while true; do touch alive; sleep 0.05; done) > /dev/null 2>&1 &
- run: until [ -e alive ]; do sleep 0.02; done; rm alive; until [ -e alive ]; do sleep 0.02; done; echo it goes on`,
    {
      onLine: () => {
        during = running().length
      },
    },
  )
  expect(result.conclusion).toBe('success')
  expect(text(2)).toBe('it goes on')
  expect(during).toBe(1)
  expect(running()).toEqual([])
})
