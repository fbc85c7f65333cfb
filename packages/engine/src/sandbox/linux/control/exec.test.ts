import { expect, test } from 'vitest'
import { ask } from './ask.ts'
import type { ChannelListener, ControlClient } from './client.ts'
import { type ExecHost, run } from './exec.ts'
import { FRAME } from './frames.ts'

/** A sandbox whose inside is played by the test. */
function played(answerMs: number): { host: ExecHost; inside: () => ChannelListener; condemned: string[] } {
  let listener: ChannelListener | undefined
  const condemned: string[] = []
  const control: ControlClient = {
    tellsStart: true,
    open(opened) {
      listener = opened
      return 1
    },
    send() {},
    flushed: () => Promise.resolve(),
    release() {},
    ended: new Promise(() => {}),
    close() {},
  }
  const inside = (): ChannelListener => {
    if (!listener) throw new Error('nobody listens')
    return listener
  }
  const host: ExecHost = {
    control,
    env: {},
    detached: false,
    answerMs,
    ranOutOfMemory: () => Promise.resolve(false),
    isEnding: () => false,
    exceededDisk: () => false,
    condemn(why) {
      condemned.push(why)
      inside().onLost()
    },
  }
  return { host, inside, condemned }
}

test('an inside that sends more than is taken from it is ended, and held no further', async () => {
  const { host, inside, condemned } = played(60_000)
  let release: () => void = () => {}
  let taken = 0
  const { result } = run(host, ['x'], {
    service: false,
    onOutput(_, chunk) {
      taken += chunk.length
      return new Promise((resolve) => {
        release = resolve
      })
    },
  })
  const chunk = Buffer.alloc(64 << 10)
  for (let n = 0; n < 1000; n++) inside().onOutput?.('stdout', chunk)
  expect(condemned).toHaveLength(1)
  const failed = expect(result).rejects.toMatchObject({ code: 'sandbox-no-answer' })
  const settled = result.then(
    () => true,
    () => true,
  )
  while (!(await Promise.race([settled, new Promise<false>((done) => setImmediate(done, false))]))) release()
  await failed
  expect(taken).toBeLessThanOrEqual(2 << 20)
})

test('output that is taken may go on beyond any window', async () => {
  const { host, inside, condemned } = played(60_000)
  let taken = 0
  const { result } = run(host, ['x'], {
    service: false,
    onOutput(_, chunk) {
      taken += chunk.length
    },
  })
  for (let n = 0; n < 100; n++) {
    inside().onOutput?.('stdout', Buffer.alloc(64 << 10))
    await new Promise((resolve) => setImmediate(resolve))
  }
  inside().onExit?.({ code: 0, signal: null, killed: false })
  expect(await result).toEqual({ code: 0 })
  expect(taken).toBe(100 * (64 << 10))
  expect(condemned).toEqual([])
})

test('a command that is never begun fails, and one that has begun may run on', async () => {
  const silent = played(10)
  await expect(run(silent.host, ['x'], { service: false }).result).rejects.toMatchObject({
    code: 'sandbox-no-answer',
  })
  expect(silent.condemned).toEqual(['did not begin a command in time'])

  const slow = played(10)
  const { result } = run(slow.host, ['x'], { service: false })
  slow.inside().onStarted?.()
  await expect(ask(slow.host, { type: FRAME.list })).rejects.toMatchObject({ code: 'sandbox-no-answer' })
  expect(slow.condemned).toEqual(['did not answer in time'])
  void result.catch(() => {})
})

test('an answer that is longer than what was asked for ends the sandbox', async () => {
  const { host, inside, condemned } = played(60_000)
  let seen = 0
  const answer = ask(host, {
    type: FRAME.read,
    maxBytes: 10,
    onChunk: (chunk) => {
      seen += chunk.length
    },
  })
  inside().onOutput?.('stdout', Buffer.alloc(8))
  inside().onOutput?.('stdout', Buffer.alloc(8))
  await expect(answer).rejects.toMatchObject({ code: 'sandbox-no-answer' })
  expect([seen, condemned]).toEqual([8, ['said more than it was asked']])
})
