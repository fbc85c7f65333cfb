import { describe, expect, test } from 'vitest'
import { LiveRequest } from './live.ts'
import { ProjectSettings, ValidationSettings } from './settings.ts'
import { ShellMessage, ShellRequest, shellPath } from './shell.ts'
import { Email } from './views/people.ts'
import { InputValues } from './views/workflows.ts'

describe('the settings of a project', () => {
  const settings = ProjectSettings.parse({})

  test('are whole when nothing was ever set', () => {
    expect(settings.validation.requiredChecks).toEqual(['validate'])
    expect(settings.sandbox.allowHosts).toEqual(['npm-registry'])
    expect(ProjectSettings.parse(settings)).toEqual(settings)
  })

  test('let nothing land, go out or run alone until a person says so', () => {
    expect(settings).toMatchObject({
      autoMerge: false,
      deployment: { enabled: false },
      agent: { autoConfirmPlans: false, permissions: 'sandbox' },
    })
  })

  test('keep what was set and add what is new, as for a row of an older version', () => {
    const older = ProjectSettings.parse({ validation: { testCommand: ' npm test ' }, autoMerge: true })
    expect(older).toEqual({
      ...settings,
      autoMerge: true,
      validation: { ...settings.validation, testCommand: 'npm test' },
    })
  })

  test.each<[string, unknown]>([
    ['a port that is none', { validation: { port: 65_536 } }],
    ['a path of health on another host', { validation: { healthCheckPath: 'http://x' } }],
    ['a variable with a sign that ends its name', { validation: { environmentVariables: { 'A=B': 'x' } } }],
    ['an environment that is a path', { deployment: { environment: '../x' } }],
    ['a host with a path', { sandbox: { allowHosts: ['example.com/x'] } }],
    ['a star inside a host', { sandbox: { allowHosts: ['a.*.com'] } }],
    ['a star inside a branch', { repository: { protectedBranches: [{ pattern: 'a*b' }] } }],
    ['a branch that is an option of git', { repository: { openChangesFor: ['--force'] } }],
    ['a driver that is not there', { agent: { driver: 'magic' } }],
    ['less memory than a process needs', { sandbox: { memoryMb: 1 } }],
    ['more fixes than anyone waits for', { validation: { maxRetries: 11 } }],
  ])('refuse %s', (_name, given) => {
    expect(ProjectSettings.safeParse(given).success).toBe(false)
  })

  test('take hosts with a star in front and with a port, and branches with a star at the end', () => {
    const taken = {
      sandbox: { allowHosts: ['*.example.com', 'example.com:8443'] },
      repository: { protectedBranches: [{ pattern: 'release/*' }], openChangesFor: ['*', 'a.b_c-d'] },
    }
    expect(ProjectSettings.parse(taken)).toMatchObject({
      ...taken,
      repository: {
        protectedBranches: [{ pattern: 'release/*', noPush: true, noForcePush: true, noDelete: true }],
      },
    })
  })

  test('fix three times by themselves, and never forever', () => {
    expect(ValidationSettings.parse({}).maxRetries).toBe(3)
  })
})

describe('what comes over sockets', () => {
  test.each([
    { type: 'resize', columns: 0, rows: 1 },
    { type: 'resize', columns: 1001, rows: 1 },
    { type: 'resize', columns: 80.5, rows: 1 },
    { type: 'run' },
  ])('a shell refuses %j', (given) => {
    expect(ShellRequest.safeParse(given).success).toBe(false)
  })

  test('a shell says how it ended, also when a signal ended it', () => {
    expect(ShellMessage.safeParse({ type: 'exit', code: null }).success).toBe(true)
    expect(ShellMessage.safeParse({ type: 'exit' }).success).toBe(false)
  })

  test('a terminal connects with its size', () => {
    expect(shellPath('j1', { columns: 80, rows: 24 })).toBe('/api/jobs/j1/shell/connect?columns=80&rows=24')
  })

  test('a log is read from its start unless told otherwise, and only of a job', () => {
    const job = '0190a1b2-0000-7000-8000-000000000000'
    expect(LiveRequest.parse({ type: 'log', job })).toEqual({ type: 'log', job, after: 0 })
    expect(LiveRequest.safeParse({ type: 'log', job: '../x' }).success).toBe(false)
  })
})

test('an address of e-mail is one whatever its case and the space around it', () => {
  expect(Email.parse('  Ada@Example.COM ')).toBe('ada@example.com')
  expect(Email.safeParse('ada').success).toBe(false)
})

test('a workflow gets 100 inputs at most, of plain values', () => {
  const inputs = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`i${n}`, n]))
  expect(InputValues.safeParse(inputs(100)).success).toBe(true)
  expect(InputValues.safeParse(inputs(101)).success).toBe(false)
  expect(InputValues.safeParse({ a: { b: 1 } }).success).toBe(false)
})
