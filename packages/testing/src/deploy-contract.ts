import type { DeployTarget, ReleaseSpec } from '@signalbox/engine/deploy/port.ts'
import { afterEach, describe, expect, test, vi } from 'vitest'

/** What a release is made to do. `answers` says `hello from ID` on its output. */
export type ReleaseBehaviour = 'answers' | 'answers 500' | 'ends at once saying no luck' | 'never listens'

/** A deploy target under test. */
export interface TargetUnderTest {
  target(): DeployTarget
  /** The same target as another process would see it, with nothing remembered. */
  another?(): DeployTarget
  /** A spec of a fresh id that behaves so. */
  spec(behaviour: ReleaseBehaviour): ReleaseSpec
  /** One GET through the started release's socket; absent where there is no real one. */
  get?(socketPath: string): Promise<string>
}

/** The contract of the deploy target port, for every target. */
export function describeDeployContract(name: string, under: TargetUnderTest): void {
  describe(`deploy target contract: ${name}`, () => {
    const started: ReleaseSpec[] = []
    const make = (behaviour: ReleaseBehaviour) => {
      const spec = under.spec(behaviour)
      started.push(spec)
      return spec
    }
    afterEach(async () => {
      for (const spec of started.splice(0)) {
        await under.target().stop(spec.id)
        await under.target().remove(spec.id)
      }
    })

    test('starts a release, finds it again, and is asked for its health', async () => {
      const target = under.target()
      const spec = make('answers')
      expect(await target.state(spec.id)).toBe('missing')
      const first = await target.start(spec)
      expect(first.socketPath).toMatch(/^\//)
      await vi.waitFor(
        async () => expect(await target.check(spec, 2_000)).toMatchObject({ healthy: true }),
        10_000,
      )
      expect((await target.check(spec, 2_000)).detail).toMatch(/^HTTP 200 in \d+ ms$/)
      expect(await target.state(spec.id)).toBe('running')
      expect(await target.start(spec), 'starting a running release changes nothing').toEqual(first)
      if (under.another) {
        expect(await under.another().start(spec)).toEqual(first)
        expect(await under.another().state(spec.id)).toBe('running')
      }
      expect(await target.output(spec.id, 10_000)).toContain(`hello from ${spec.id}`)
      expect(await target.output(spec.id, 3)).toHaveLength(3)
    })

    test('two starters of one release make one', async () => {
      const spec = make('answers')
      const [first, second] = await Promise.all([
        under.target().start(spec),
        (under.another?.() ?? under.target()).start(spec),
      ])
      expect(second).toEqual(first)
      await vi.waitFor(async () => {
        expect(await under.target().check(spec, 2_000)).toMatchObject({ healthy: true })
      }, 10_000)
    })

    test('two releases run side by side', async () => {
      const target = under.target()
      const [one, two] = [make('answers'), make('answers')]
      const [first, second] = await Promise.all([target.start(one), target.start(two)])
      expect(first.socketPath).not.toBe(second.socketPath)
      await target.stop(one.id)
      expect(await target.state(one.id)).toBe('stopped')
      expect(await target.state(two.id)).toBe('running')
      if (under.get) expect(await under.get(second.socketPath)).toBe(`hello from ${two.id}`)
    })

    test('a stopped release keeps its words, starts anew and can be removed', async () => {
      const target = under.target()
      const spec = make('answers')
      await target.start(spec)
      await target.stop(spec.id)
      await target.stop(spec.id)
      expect(await target.state(spec.id)).toBe('stopped')
      expect((await target.check(spec, 1_000)).healthy).toBe(false)
      expect(await target.output(spec.id, 10_000)).toContain(`hello from ${spec.id}`)
      await target.start(spec)
      expect(await target.state(spec.id)).toBe('running')
      await target.stop(spec.id)
      await target.remove(spec.id)
      await target.remove(spec.id)
      expect(await target.state(spec.id)).toBe('missing')
    })

    test('stopping what was never started is fine', async () => {
      const spec = under.spec('answers')
      await under.target().stop(spec.id)
      expect(await under.target().state(spec.id)).toBe('missing')
    })

    test('a command that ends at once is release-exited, with its last words', async () => {
      const spec = make('ends at once saying no luck')
      await expect(under.target().start(spec)).rejects.toMatchObject({
        code: 'release-exited',
        message: expect.stringContaining('no luck'),
      })
      expect(await under.target().state(spec.id)).not.toBe('running')
    })

    test('an answer of 500 is unhealthy and named', async () => {
      const target = under.target()
      const spec = make('answers 500')
      await target.start(spec)
      await vi.waitFor(
        async () => expect((await target.check(spec, 2_000)).detail).toContain('HTTP 500'),
        10_000,
      )
      expect((await target.check(spec, 2_000)).healthy).toBe(false)
    })

    test('a release that never listens runs and is unhealthy', async () => {
      const target = under.target()
      const spec = make('never listens')
      await target.start(spec)
      expect(await target.state(spec.id)).toBe('running')
      const health = await target.check(spec, 1_000)
      expect(health.healthy).toBe(false)
      expect(health.detail).not.toBe('')
    })
  })
}
