import { stringify } from 'yaml'
import type { AgentSettings, ValidationSettings } from '../contract/settings.ts'

/** Where a made workflow would stand if it were a file: shown to people and named in diagnostics. */
export const madeWorkflowFiles = {
  agent: '.signalbox/workflows/agent.yml',
  validation: '.signalbox/workflows/validate.yml',
  deploy: '.signalbox/workflows/deploy.yml',
} as const

type StepEntry = Record<string, unknown>

const checkout: StepEntry = { name: 'Check out', uses: 'actions/checkout@v4' }

/** Says that what this step makes may be kept as a snapshot and restored; see docs/guide/snapshots.md. */
const keepInstall = { SIGNALBOX_SNAPSHOT: 'install' }

function runSteps(commands: [name: string, command: string][]): StepEntry[] {
  return commands
    .filter(([, command]) => command !== '')
    .map(([name, run]) => (name === 'Install' ? { name, env: keepInstall, run } : { name, run }))
}

/** `${{` in a setting is text, not an expression: each one is broken up so that the engine prints it as written. */
function literal(text: string): string {
  return text.replaceAll('${{', "${{ '${{' }}")
}

function literalMap(map: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, literal(value)]))
}

function print(workflow: Record<string, unknown>): string {
  return stringify(workflow, { lineWidth: 0 })
}

function environment(settings: ValidationSettings): Record<string, unknown> {
  const env = literalMap(settings.environmentVariables)
  return Object.keys(env).length > 0 ? { env } : {}
}

function startStep(settings: ValidationSettings): StepEntry[] {
  if (settings.startCommand === '') return []
  return [
    {
      name: 'Start and check health',
      uses: 'signalbox/start-app@v1',
      with: {
        run: literal(settings.startCommand),
        port: settings.port,
        'health-path': literal(settings.healthCheckPath),
      },
    },
  ]
}

/** The workflow by which a project without one of its own proves a pull request, as YAML. */
export function makeValidationWorkflow(settings: ValidationSettings): string {
  const commands = runSteps([
    ['Install', literal(settings.installCommand)],
    ['Build', literal(settings.buildCommand)],
    ['Test', literal(settings.testCommand)],
  ])
  return print({
    name: 'Validate',
    on: 'pull_request',
    jobs: {
      validate: {
        'runs-on': 'self-hosted',
        'timeout-minutes': settings.timeoutMinutes,
        ...environment(settings),
        steps: [checkout, ...commands, ...startStep(settings)],
      },
    },
  })
}

/** Every try may take its whole time, and people theirs once. */
function agentJobMinutes(settings: AgentSettings): number {
  const tries = settings.timeoutMinutes * (settings.maxRetries + 1)
  const pauses = (settings.retryBackoffSeconds * 2 ** settings.maxRetries) / 60
  return Math.ceil(tries + pauses + settings.permissionMinutes) + 5
}

/** One turn of an agent as a job: the tree, then the agent. */
export function makeAgentWorkflow(settings: AgentSettings): string {
  return print({
    name: 'Agent',
    on: 'workflow_dispatch',
    jobs: {
      agent: {
        'runs-on': 'self-hosted',
        // Its own end comes first: this one only holds when a turn is tried again and again.
        'timeout-minutes': agentJobMinutes(settings),
        steps: [checkout, { name: 'Work on the goal', id: 'agent', uses: 'signalbox/agent@v1' }],
        outputs: Object.fromEntries(
          ['response', 'tree', 'answer', 'outcome', 'reason'].map((name) => [
            name,
            `\${{ steps.agent.outputs.${name} }}`,
          ]),
        ),
      },
    },
  })
}

/**
 * A deployment as a job. The last step seals the built workspace and hands it to the target; nothing may
 * follow it in the job. A rollback, and an attempt after the release was sealed, build nothing.
 */
export function makeDeployWorkflow(
  settings: ValidationSettings,
  options: { rollback: boolean; build: boolean; watchSeconds: number },
): string {
  const commands = runSteps([
    ['Install', literal(settings.installCommand)],
    ['Build', literal(settings.buildCommand)],
  ])
  const deploy = { name: options.rollback ? 'Roll back' : 'Deploy and watch', uses: 'signalbox/deploy@v1' }
  return print({
    name: options.rollback ? 'Roll back' : 'Deploy',
    on: 'workflow_dispatch',
    jobs: {
      deploy: {
        'runs-on': 'self-hosted',
        'timeout-minutes': settings.timeoutMinutes + Math.ceil(options.watchSeconds / 60),
        ...environment(settings),
        steps: options.build ? [checkout, ...commands, deploy] : [deploy],
      },
    },
  })
}
