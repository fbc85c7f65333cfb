import { describe, expect, test } from 'vitest'
import { AgentSettings, ValidationSettings } from '../contract/settings.ts'
import { makeAgentWorkflow, makeDeployWorkflow, makeValidationWorkflow } from './make-workflows.ts'
import { parseWorkflow } from './parse.ts'

const builtinActions: NonNullable<Parameters<typeof parseWorkflow>[2]>['builtinActions'] = [
  { name: 'signalbox/agent', inputs: {} },
  { name: 'signalbox/deploy', inputs: {} },
  {
    name: 'signalbox/start-app',
    inputs: {
      run: { required: true },
      port: { required: true },
      'health-path': { required: false },
      'timeout-seconds': { required: false },
    },
  },
]

function parse(text: string) {
  const { workflow, diagnostics } = parseWorkflow('made.yml', text, { builtinActions })
  expect(diagnostics).toEqual([])
  return workflow
}

const settings = ValidationSettings.parse({
  installCommand: 'npm ci',
  testCommand: "echo \"it's: #1\" && test '${{ secrets.X }}' = '' \nsecond line",
  startCommand: 'node server.js',
  environmentVariables: { GREETING: 'a: b # c', TRAP: '${{ github.token }}' },
})

describe('workflows made from settings are workflows', () => {
  test('validation: only the commands that are set, hostile text included', () => {
    const workflow = parse(makeValidationWorkflow(settings))
    expect(workflow?.jobs[0]?.steps.map((s) => s.name?.source)).toEqual([
      'Check out',
      'Install',
      'Test',
      'Start and check health',
    ])
    expect(makeValidationWorkflow(settings)).not.toMatch(/\$\{\{ secrets/)
  })

  test('nothing set is a check-out alone', () => {
    expect(parse(makeValidationWorkflow(ValidationSettings.parse({})))?.jobs[0]?.steps).toHaveLength(1)
  })

  test('an agent’s turn', () => {
    const workflow = parse(makeAgentWorkflow(AgentSettings.parse({})))
    expect(workflow?.jobs[0]?.outputs.map((o) => o.key)).toContain('tree')
  })

  test('a deployment, with room for its watch; a rollback builds nothing', () => {
    const deploy = parse(makeDeployWorkflow(settings, { rollback: false, build: true, watchSeconds: 3600 }))
    expect(deploy?.jobs[0]?.timeoutMinutes?.source).toBe('90')
    const rollback = parse(makeDeployWorkflow(settings, { rollback: true, build: false, watchSeconds: 60 }))
    expect(rollback?.jobs[0]?.steps).toHaveLength(1)
  })
})
