import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type JobFixture, jobFixture } from '../job-fixture.ts'

let fixture: JobFixture
beforeAll(() => {
  fixture = jobFixture()
})
afterAll(() => fixture.close())

/** Waits in a step until a file is there. */
const until = (file: string) => `until [ -e ${file} ]; do sleep 0.02; done`

describe('steps in the background', () => {
  it('run beside the next ones, each with a log of its own', async () => {
    const { result, steps, text } = await fixture.run(`
- run: echo one; ${until('second')}; touch first; echo end of one
  background: true
- run: echo two; touch second; ${until('first')}; echo end of two`)
    expect(result.conclusion).toBe('success')
    expect(text(1)).toBe('one\nend of one')
    expect(text(2)).toBe('two\nend of two')
    expect(steps.map((step) => step.conclusion)).toEqual(['success', 'success'])
  })

  it('hand on what they made when they are waited for, and not before', async () => {
    const { result, text } = await fixture.run(`
- id: bg
  background: true
  run: |
    echo "o=made" >> $GITHUB_OUTPUT; echo "E=set" >> $GITHUB_ENV; echo /added >> $GITHUB_PATH
    echo "::add-mask::hide me"; touch done
- run: ${until('done')}; sleep 0.2
- run: echo "[\${{ steps.bg.outputs.o }}\${{ steps.bg.outcome }}] [$E] $PATH hide me"
- wait: bg
- run: echo "[\${{ steps.bg.outputs.o }} \${{ steps.bg.outcome }}] [$E] $PATH"`)
    expect(result.conclusion).toBe('success')
    expect(text(3)).toMatch(/^\[\] \[\] [^+]*\*\*\*$/)
    expect(text(3)).not.toContain('/added')
    expect(text(4)).toBe(
      '1 Run echo "o=made" >> $GITHUB_OUTPUT; echo "E=set" >> $GITHUB_ENV; echo /added >> $GITHUB_PATH: success',
    )
    expect(text(5)).toMatch(/^\[made success\] \[set\] \/added:/)
  })

  it('fail the job where they are waited for, which a wait may forgive', async () => {
    const { result, steps } = await fixture.run(`
- {id: bad, run: exit 3, background: true}
- run: sleep 0.3; echo "\${{ job.status }}"
- {wait-all: , id: w}
- run: not reached
- {run: 'echo "\${{ steps.w.outcome }} \${{ steps.bad.conclusion }}"', if: failure()}`)
    expect(result).toMatchObject({ conclusion: 'failure', reason: 'step 1 failed: exit code 3' })
    expect(
      steps.toSorted((a, b) => a.number - b.number).map((step) => [step.number, step.conclusion]),
    ).toEqual([
      [1, 'failure'],
      [2, 'success'],
      [3, 'failure'],
      [4, 'skipped'],
      [5, 'success'],
    ])
    const forgiven = await fixture.run(`
- {id: bad, run: exit 3, background: true}
- {wait: bad, continue-on-error: true}
- run: echo goes on`)
    expect(forgiven.result.conclusion).toBe('success')
    expect(forgiven.steps.find((step) => step.number === 2)).toMatchObject({
      outcome: 'failure',
      conclusion: 'success',
      reason: 'step 1 failed in the background',
    })
    expect(forgiven.text(3)).toBe('goes on')
  })

  it('are waited for at the end of the job, and fail it there', async () => {
    const { result, steps } = await fixture.run(`
- {run: sleep 0.3; touch late, background: true}
- {run: sleep 0.3; exit 4, background: true}
- {run: exit 5, background: true, continue-on-error: true}
- {run: echo skipped, background: true, if: failure()}
- run: echo first`)
    expect(result).toMatchObject({ conclusion: 'failure', reason: 'step 2 failed: exit code 4' })
    expect(steps.toSorted((a, b) => a.number - b.number).map((step) => step.conclusion)).toEqual([
      'success',
      'failure',
      'success',
      'skipped',
      'success',
    ])
  })

  it('end with all of their processes when they are cancelled, and may clean up before', async () => {
    const { result, steps, text } = await fixture.run(`
- id: server
  background: true
  run: |
    trap 'echo cleaning up; echo "o=last" >> $GITHUB_OUTPUT; exit 0' TERM
    touch up; (while true; do date +%s%N > tick; sleep 0.05; done) &
    wait
- run: ${until('up')}
- cancel: server
- run: a=$(cat tick); sleep 0.3; [ "$a" = "$(cat tick)" ] && echo "\${{ steps.server.outcome }} \${{ steps.server.outputs.o }}"`)
    expect(result.conclusion).toBe('success')
    expect(text(1)).toContain('cleaning up')
    expect(text(4)).toBe('cancelled last')
    expect(steps.find((step) => step.number === 1)).toMatchObject({ conclusion: 'cancelled' })
  })

  it('that do not end when they are asked to are ended', async () => {
    const { result, steps } = await fixture.run(`
- {id: deaf, background: true, run: "trap '' TERM; touch up; while true; do sleep 0.1; done"}
- run: ${until('up')}
- cancel: deaf
- wait: deaf`)
    expect(result.conclusion).toBe('success')
    expect(steps.find((step) => step.number === 1)?.conclusion).toBe('cancelled')
    expect(steps.find((step) => step.number === 3)?.durationMs).toBeGreaterThan(7000)
  })

  it('of a group run at once, and the next one waits for all', async () => {
    const { result, text, steps } = await fixture.run(`
- parallel:
    - {run: 'touch a; ${until('b')}; echo "x=1" >> $GITHUB_OUTPUT', id: a}
    - {run: 'touch b; ${until('a')}', name: B}
- run: ls; echo "\${{ steps.a.outputs.x }}"`)
    expect(result.conclusion).toBe('success')
    expect(text(4)).toMatch(/a\nb[\s\S]*\n1$/)
    expect(steps.find((step) => step.number === 3)?.name).toBe('Wait for a, B')
  })

  it('are ten at once; others wait for a place', async () => {
    const group = Array.from({ length: 12 }, (_, n) => `    - run: touch in-${n}; ${until('go')}; echo ${n}`)
    const { result, text } = await fixture.run(`
- run: "( until [ $(ls | grep -c ^in-) = 10 ]; do sleep 0.02; done; sleep 0.3; ls | grep -c ^in- > most; touch go ) > /dev/null 2>&1 &"
- parallel:
${group.join('\n')}
- run: cat most`)
    expect(result.conclusion).toBe('success')
    expect(text(15)).toBe('10')
  })

  it('run out of time by themselves, and end with the job when that is cancelled', async () => {
    const timed = await fixture.run(`
- {id: slow, background: true, timeout-minutes: 0.01, run: sleep 60}
- wait: slow`)
    expect(timed.result.conclusion).toBe('failure')
    expect(timed.steps[0]).toMatchObject({ number: 1, outcome: 'timed_out' })
    const stop = new AbortController()
    const { result, steps, text } = await fixture.run(
      `
- {background: true, run: echo up; sleep 60}
- {run: sleep 60}
- {run: echo always, if: always()}
- wait-all:`,
      { signal: stop.signal, onLine: (step) => step === 1 && stop.abort() },
    )
    expect(result.conclusion).toBe('cancelled')
    expect(steps.toSorted((a, b) => a.number - b.number).map((step) => step.conclusion)).toEqual([
      'cancelled',
      'cancelled',
      'success',
      'cancelled',
    ])
    expect(text(3)).toBe('always')
  })

  it('may be actions, whose own steps run one after the other and whose post step comes at the end', async () => {
    const { result, text } = await fixture.run(`
- run: |
    mkdir -p c js
    printf 'runs: {using: composite, steps: [{run: "echo in; echo Q=r >> $GITHUB_ENV", shell: sh}, {run: "echo $Q", shell: sh}]}' > c/action.yml
    printf 'runs: {using: node24, main: m.js, post: p.js}' > js/action.yml
    echo 'console.log("main")' > js/m.js; echo 'console.log("post")' > js/p.js
- parallel: [{uses: ./c}, {uses: ./js}]
- run: echo "after $Q"`)
    expect(result.conclusion).toBe('success')
    expect(text(2)).toContain('in\n')
    expect(text(2)).toContain('\nr')
    expect(text(3)).toBe('main')
    expect(text(5)).toBe('after r')
    expect(text(6)).toBe('post')
  })
})
