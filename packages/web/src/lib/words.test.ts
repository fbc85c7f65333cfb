import type { DeploymentView } from '@signalbox/core/contract/views/deployments.ts'
import { type Lamp, type Stage, stages } from '@signalbox/core/domain/strip.ts'
import { expect, test } from 'vitest'
import { ago, bytes, duration } from './format.ts'
import { keyMeaning } from './keys.ts'
import { matches } from './match.ts'
import { fieldErrors, problemFrom } from './problem.ts'
import { tokenInFragment, tokenInText } from './session.ts'
import { changeWord, currentSignal, openSections, orderedSections } from './signals.ts'
import { rollbackTarget } from './usual.ts'
import { yamlParts } from './yaml-parts.ts'

function stripAt(at: Stage, lamp: Lamp) {
  const index = stages.indexOf(at)
  return stages.map((stage, i) => ({
    stage,
    lamp: i < index ? ('clear' as const) : i === index ? lamp : ('off' as const),
  }))
}

test('times and sizes have units', () => {
  expect([0, 420, 3000, 185_000, 7_800_000].map(duration)).toEqual([
    '0.0 s',
    '0.4 s',
    '3 s',
    '3 min 05 s',
    '2 h 10 min',
  ])
  expect([0, 12_000, 180_000, 300_000_000].map((ms) => ago(0, ms))).toEqual([
    'now',
    '12 s ago',
    '3 min ago',
    '3 d ago',
  ])
  expect([12, 1840, 20_000_000].map(bytes)).toEqual(['12 B', '1.8 kB', '20 MB'])
})

test('g is a beginning, other keys stand alone', () => {
  expect(keyMeaning('', 'g')).toEqual({ meaning: '', pending: 'g' })
  expect(keyMeaning('g', 'c')).toEqual({ meaning: 'g c', pending: '' })
  expect(keyMeaning('g', 'z')).toEqual({ meaning: '', pending: '' })
  expect(keyMeaning('', 'j')).toEqual({ meaning: 'j', pending: '' })
})

test('every word of a filter must match', () => {
  expect(matches('greet DEPLOYED', 'Greet visitors', 'Deployed')).toBe(true)
  expect(matches('greet failed', 'Greet visitors', 'Deployed')).toBe(false)
  expect(matches('', 'anything')).toBe(true)
})

test('a token is taken from a fragment, a link or as it is', () => {
  expect(tokenInFragment('#token=abc')).toBe('abc')
  expect(tokenInFragment('#L12')).toBeNull()
  expect(tokenInText(' http://127.0.0.1:3000/#token=abc ')).toBe('abc')
  expect(tokenInText('abc')).toBe('abc')
})

test('the strip stands at the last lit lamp, and the page opens what it needs', () => {
  const waiting = {
    status: 'waiting',
    conclusion: null,
    waitingFor: 'merge',
    pullRequest: {},
    strip: stripAt('queue', 'waiting'),
  } as const
  expect(currentSignal(waiting.strip)).toEqual({ stage: 'queue', lamp: 'waiting' })
  expect(changeWord(waiting)).toBe('Ready to merge')
  expect(openSections(waiting)).toEqual(['gates'])
  const help = { ...waiting, waitingFor: 'help', strip: stripAt('fix', 'waiting') } as const
  expect(openSections(help)).toContain('conversation')
  const approval = { ...waiting, waitingFor: 'approval', strip: stripAt('gates', 'waiting') } as const
  expect(orderedSections(approval).slice(0, 3)).toEqual(['gates', 'pull-request', 'conversation'])
})

test('field errors lose their prefix', () => {
  const errors = [{ path: 'body.settings.validation.port', message: 'too high' }]
  const { problem } = problemFrom(422, 'x', { title: 't', errors })
  expect(fieldErrors(problem)).toEqual({ 'settings.validation.port': 'too high' })
  expect(problemFrom(502, 'Bad Gateway', null).problem).toMatchObject({
    title: 'Bad Gateway',
    code: 'http-502',
  })
})

test('traffic goes back to the newest kept release of another commit that was live', () => {
  const release = (id: string, part: Partial<DeploymentView>): DeploymentView => ({
    id,
    projectId: '',
    changeId: null,
    runId: null,
    environment: 'production',
    commit: id,
    trigger: 'merge',
    status: 'completed',
    conclusion: 'superseded',
    reason: null,
    release: 'stopped',
    live: false,
    url: null,
    health: null,
    createdAt: '',
    liveAt: '2026-01-01T00:00:00.000Z',
    completedAt: null,
    ...part,
  })
  const live = release('e', { live: true, conclusion: 'live' })
  const target = rollbackTarget(
    [
      live,
      release('moving', { status: 'watching', conclusion: null, liveAt: '2026-01-05T00:00:00.000Z' }),
      release('bad', { conclusion: 'rolled_back', liveAt: '2026-01-04T00:00:00.000Z' }),
      release('gone', { release: 'removed', liveAt: '2026-01-03T00:00:00.000Z' }),
      release('good', { liveAt: '2026-01-02T00:00:00.000Z' }),
      release('older', {}),
    ],
    live,
  )
  expect(target?.id).toBe('good')
  expect(rollbackTarget([live], live)).toBeNull()
})

test('keys and comments of YAML are set off', () => {
  expect(yamlParts('  - name: Test # why')).toEqual([
    { kind: 'text', text: '  - ' },
    { kind: 'key', text: 'name:' },
    { kind: 'text', text: ' Test' },
    { kind: 'comment', text: ' # why' },
  ])
  expect(yamlParts("# it's a comment")).toEqual([{ kind: 'comment', text: "# it's a comment" }])
})
