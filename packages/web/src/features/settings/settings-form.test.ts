import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import { expect, test } from 'vitest'
import { fieldOf, linesOf, parseEnvironment, settingsOf } from './settings-form.ts'

test('the first = divides, and a line without one is named', () => {
  expect(parseEnvironment('A=1\n\nURL=x?y=z\nEMPTY=')).toEqual({
    values: { A: '1', URL: 'x?y=z', EMPTY: '' },
    error: null,
  })
  expect(parseEnvironment('A=1\noops').error).toBe('Line 2 is not NAME=value.')
})

test('lists written by line become settings that the contract takes', () => {
  const settings = settingsOf({
    name: 'x',
    settings: ProjectSettings.parse({}),
    releaseEnvironmentText: '',
    environmentText: 'A=1',
    agentEnvironmentText: 'MODE=auto',
    requiredChecksText: ' validate \n\nlint',
    allowHostsText: 'packages.example.com\n*.example.org:443',
    installInputsText: '',
    protectedBranchesText: 'release/*',
    openChangesForText: 'topic/*\nfix/*',
  })
  expect(ProjectSettings.parse(settings)).toMatchObject({
    validation: { environmentVariables: { A: '1' }, requiredChecks: ['validate', 'lint'] },
    sandbox: { allowHosts: ['packages.example.com', '*.example.org:443'] },
    repository: {
      protectedBranches: [{ pattern: 'release/*', noPush: true }],
      openChangesFor: ['topic/*', 'fix/*'],
    },
  })
})

test('errors below a list land at its field', () => {
  expect(fieldOf('settings.sandbox.allowHosts.0')).toBe('allowHostsText')
  expect(fieldOf('settings.validation.port')).toBe('settings.validation.port')
  expect(linesOf('\n a \n')).toEqual(['a'])
})
