import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import { expect, test } from 'vitest'
import { assignSettings, listSettings } from './settings-path.ts'

const settings = ProjectSettings.parse({ validation: { environmentVariables: { A: '1' } } })

test('lists every setting by its path', () => {
  const paths = new Map(listSettings(settings))
  expect(paths.get('validation.port')).toBe(3000)
  expect(paths.get('validation.environmentVariables.A')).toBe('1')
  expect(paths.get('sandbox.allowHosts')).toEqual(['npm-registry'])
})

test('values take the kind that stands there', () => {
  const made = assignSettings(settings, [
    'validation.port=4000',
    'validation.testCommand=true',
    'validation.startCommand=a=b',
    'autoMerge=true',
    'sandbox.allowHosts=a.example, b.example',
    'validation.requiredChecks=["x"]',
    'validation.environmentVariables.B=2',
    'validation.environmentVariables.A=',
  ])
  expect(made.validation).toMatchObject({ port: 4000, testCommand: 'true', startCommand: 'a=b' })
  expect(made.autoMerge).toBe(true)
  expect(made.sandbox.allowHosts).toEqual(['a.example', 'b.example'])
  expect(made.validation.requiredChecks).toEqual(['x'])
  expect(made.validation.environmentVariables).toEqual({ B: '2' })
  expect(settings.validation.environmentVariables).toEqual({ A: '1' })
})

test('the first word about an environment makes its rules, an empty one takes them away', () => {
  const made = assignSettings(settings, [
    'environments.production.approvals=2',
    'environments.production.branches=main,release/*',
  ])
  expect(made.environments).toEqual({
    production: { approvals: 2, waitMinutes: 0, branches: ['main', 'release/*'] },
  })
  expect(listSettings(made)).toContainEqual(['environments.production.approvals', 2])
  expect(assignSettings(made, ['environments.production=']).environments).toEqual({})
})

test.each([
  ['environments.production.aprovals=1', 'no setting'],
  ['environments.__proto__.approvals=1', 'no setting'],
  ['environments.production.approvals=99', 'not possible'],
  ['validation.port', 'is not an assignment'],
  ['validation.prt=1', 'no setting "validation.prt"'],
  ['constructor.name=x', 'no setting'],
  ['__proto__.polluted=1', 'no setting'],
  ['validation.port=x', 'takes a number'],
  ['validation.port=99999', 'not possible'],
])('%s is refused', (assignment, message) => {
  expect(() => assignSettings(settings, [assignment])).toThrow(message)
})
