import { addCommand, type Family } from '../add-command.ts'
import { PlanOptions } from './plan-options.ts'

/** `plan`: what an event would start in this checkout, and why not. */
export function addPlanCommand({ program, cli, outcome }: Family): void {
  addCommand(program, outcome, {
    usage: 'plan',
    summary:
      'Say which workflows of this checkout an event would start, with their jobs, and why not the others.',
    details:
      'Paths are those that differ from the base: of a push where the branch stands at its remote, of a pull request ' +
      'where it left the base. Nothing runs, and no server is asked.',
    flags: [
      ['--event <name>', 'as under "on"; push by default'],
      ['--payload <file>', 'JSON of the event, as GitHub sends it'],
      ['--base <ref>', 'compare with this commit or branch; of a pull request its base'],
      ['--ref <ref>', 'as if this were pushed: refs/heads/main, refs/tags/v1'],
      ['--dir <dir>', 'a checkout elsewhere'],
    ],
    options: PlanOptions,
    examples: ['signalbox plan', 'signalbox plan --event pull_request --base main', 'signalbox plan --json'],
    async run({ options, json }) {
      const { planHere } = await import('./plan-here.ts')
      return planHere(cli, options, json)
    },
  })
}
