import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type JobFixture, jobFixture } from './job-fixture.ts'
import type { BuiltinAction } from './port.ts'

let fixture: JobFixture
beforeAll(() => {
  fixture = jobFixture()
})
afterAll(() => fixture.close())

/** An action that registers what is to happen at the end of the job. */
function atEnd(order: string[]): BuiltinAction {
  return {
    name: 'test/at-end',
    inputs: { name: { required: true, description: '' }, fail: { required: false, description: '' } },
    async run(context) {
      const name = context.inputs['name'] ?? ''
      context.atJobEnd(async () => {
        order.push(name)
        const seen: string[] = []
        await context.sandbox.exec(['echo', 'alive'], {
          onOutput: (_, chunk) => void seen.push(String(chunk)),
        })
        order.push(`${name} ${seen.length}`)
        if (context.inputs['fail']) throw new Error('end went wrong')
      })
      return { outputs: {} }
    },
  }
}

describe('time', () => {
  it('ends a step that takes too long with all of its processes', async () => {
    const { steps, text, result } = await fixture.run(`
- run: (sleep 1000; echo late) & sleep 1000
  timeout-minutes: 0.01
- run: ps -e -o args= 2>/dev/null | grep -c '[s]leep 1000' || cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -c '[s]leep 1000'
  if: always()
  continue-on-error: true`)
    expect(steps[0]).toMatchObject({ outcome: 'timed_out', conclusion: 'timed_out' })
    expect(steps[0]?.reason).toBe('it ran longer than 0.01 minutes')
    expect(
      text(2)
        .split('\n')
        .filter((line) => /^\d+$/.test(line)),
    ).not.toContain('1')
    expect(result.conclusion).toBe('failure')
  })

  it('ends the sandbox under a step that does not end when it is told to', async () => {
    const began = Promise.withResolvers<void>()
    let ended: unknown
    const deaf: BuiltinAction = {
      name: 'test/deaf',
      inputs: {},
      async run(context) {
        ended = await context.sandbox.exec(['sh', '-c', 'echo began; sleep 1000'], {
          onOutput: () => began.resolve(),
        })
        return { outputs: {} }
      },
    }
    const abort = new AbortController()
    const running = fixture.run('\n- uses: test/deaf@v1', { builtins: [deaf], signal: abort.signal })
    await began.promise
    abort.abort()
    expect((await running).result).toMatchObject({ conclusion: 'cancelled' })
    expect(ended).toMatchObject({ code: null, killedBy: 'cancel' })
  })

  it('ends a job that takes too long, and still runs what must run', async () => {
    const order: string[] = []
    const { steps, result } = await fixture.run(
      `
- uses: test/at-end@v1
  with: {name: a}
- run: sleep 1000
- run: 'true'
- run: 'true'
  if: always()
- run: 'true'
  if: cancelled()
- run: 'true'
  if: failure()`,
      { job: 'timeout-minutes: 0.01', builtins: [atEnd(order)] },
    )
    expect(steps.map((step) => step.conclusion)).toEqual([
      'success',
      'cancelled',
      'skipped',
      'success',
      'success',
      'skipped',
    ])
    expect(steps[1]?.reason).toBe('the job ran out of time')
    expect(result).toMatchObject({ conclusion: 'timed_out', reason: 'it ran out of time' })
    expect(order).toEqual(['a', 'a 1'])
  })

  it('refuses a time that is none when it runs', async () => {
    const { steps } = await fixture.run("- run: 'true'\n  timeout-minutes: ${{ vars.none || 0 }}")
    expect(steps[0]?.reason).toContain('timeout-minutes is no number above 0')
  })
})

describe('cancel', () => {
  it('ends the running step, runs always() and the work at the end, last in first out, also when one fails', async () => {
    const order: string[] = []
    const cancel = new AbortController()
    const { steps, result, text } = await fixture.run(
      `
- uses: test/at-end@v1
  with: {name: first}
- uses: test/at-end@v1
  with: {name: second, fail: 'yes'}
- run: echo ready; trap '' TERM; sleep 1000
- run: echo cleaned \${{ job.status }}
  if: always()
- run: 'true'`,
      {
        builtins: [atEnd(order)],
        signal: cancel.signal,
        onLine: (_, line) => {
          if (line.text === 'ready') cancel.abort()
        },
      },
    )
    expect(steps.map((step) => step.conclusion)).toEqual([
      'success',
      'success',
      'cancelled',
      'success',
      'skipped',
    ])
    expect(text(4)).toBe('cleaned cancelled')
    expect(order).toEqual(['second', 'second 1', 'first', 'first 1'])
    expect(text()).toContain('end went wrong')
    expect(result).toMatchObject({ conclusion: 'cancelled', reason: 'it was cancelled' })
  })

  it('ends always() steps too when the end is forced, and begins no further one', async () => {
    const [cancel, force] = [new AbortController(), new AbortController()]
    const { steps, result } = await fixture.run(
      `
- run: echo ready; sleep 1000
- run: echo cleaning; sleep 1000
  if: always()
- run: echo never
  if: always()`,
      {
        signal: cancel.signal,
        force: force.signal,
        onLine: (_, line) => {
          if (line.text === 'ready') cancel.abort()
          if (line.text === 'cleaning') force.abort()
        },
      },
    )
    expect(steps.map((step) => step.conclusion)).toEqual(['cancelled', 'cancelled'])
    expect(result).toMatchObject({ conclusion: 'cancelled' })
  })

  it('makes no sandbox for a job that was cancelled before', async () => {
    const { result, steps } = await fixture.run('- run: echo', { signal: AbortSignal.abort() })
    expect(result.conclusion).toBe('cancelled')
    expect(steps).toEqual([])
  })

  it('throws when the reporter is lost, after the work at the end', async () => {
    const order: string[] = []
    const reporter = {
      log: () => Promise.reject(new Error('the database is gone')),
    }
    const steps = '- uses: test/at-end@v1\n  with: {name: a}\n- run: echo hello'
    await expect(fixture.run(steps, { builtins: [atEnd(order)], reporter })).rejects.toThrow(
      'the database is gone',
    )
    expect(order).toEqual(['a', 'a 1'])
  })
})

describe('hostile steps', () => {
  it('does not wait for a daemon that holds the output', async () => {
    const { result, steps } = await fixture.run(`
- run: setsid sh -c 'while true; do echo noise; sleep 0.01; done' & echo started
- run: echo next`)
    expect(result.conclusion).toBe('success')
    expect(steps).toHaveLength(2)
  })

  it('keeps every line of a hundred thousand in order', async () => {
    const { lines, result } = await fixture.run('- run: seq 100000')
    expect(result.conclusion).toBe('success')
    expect(lines).toHaveLength(100_000)
    expect(lines.every(({ line }, index) => line.text === String(index + 1))).toBe(true)
  })

  it('takes a line that never ends, and bytes that are no text', async () => {
    const { result, lines, text } = await fixture.run(`
- run: head -c 5000000 /dev/zero | tr '\\0' a
- run: head -c 100000 /dev/urandom; printf '\\n\\377\\376end\\n'`)
    expect(result.conclusion).toBe('success')
    expect(text(1).replaceAll('\n', '')).toHaveLength(5_000_000)
    expect(Math.max(...lines.map(({ line }) => line.text.length))).toBeLessThanOrEqual(64 * 1024)
    expect(text(2)).toContain('\ufffd\ufffdend')
  })

  it('survives a step that deletes the workspace and its temp folder', async () => {
    const { result, steps } = await fixture.run(`
- run: rm -rf /workspace/* /workspace/.[!.]* /tmp/* ; echo gone
- run: echo here > x; cat x`)
    expect(steps.map((step) => step.outcome)).toEqual(['success', 'success'])
    expect(result.conclusion).toBe('success')
  })

  it('survives a step that kills all it can see, itself included', async () => {
    const { result, steps } = await fixture.run(`
- run: kill -9 -1; sleep 1
  continue-on-error: true
- run: kill -9 $$
  continue-on-error: true
- run: 'true'`)
    expect(steps.map((step) => step.conclusion)).toHaveLength(3)
    expect(steps[1]?.reason).toBeDefined()
    expect(result.conclusion).toMatch(/^(success|failure)$/)
  })

  it('reports a command that is not there and a folder that is not there', async () => {
    const { steps } = await fixture.run(`
- run: no-such-command
  continue-on-error: true
- run: 'true'
  working-directory: no/such/folder`)
    expect(steps.map((step) => step.outcome)).toEqual(['failure', 'failure'])
    expect(steps[0]?.exitCode).toBe(127)
  })

  it('names an action that only the server brings', async () => {
    const known: BuiltinAction = { name: 'signalbox/agent', inputs: {}, run: async () => ({ outputs: {} }) }
    const { result } = await fixture.run('- uses: signalbox/agent@v1', { builtins: [known] })
    expect(result.conclusion).toBe('success')
    await expect(fixture.run('- uses: signalbox/agent@v1')).rejects.toThrow('unsupported-action')
  })
})
