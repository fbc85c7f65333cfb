import { z } from 'zod'
import { addCommand, addGroup, type Family } from '../add-command.ts'

const where = {
  dir: z.string().optional(),
  actionsDir: z.string().optional(),
}
const flags = [
  ['--dir <dir>', 'the checkout; by default the current folder'],
  ['--actions-dir <dir>', 'a folder of actions, named owner/repo@ref; asked before the network'],
] as const

/** `actions list | lock`: what a checkout uses of other repositories, and at which commits. */
export function addActionsCommands({ program, cli, outcome }: Family): void {
  const group = addGroup(program, 'actions', 'What workflows of a checkout use of other repositories.')
  addCommand(group, outcome, {
    usage: 'list',
    summary: 'List the actions that workflows use, locked or not, and which moved.',
    details: 'Those within composite actions too. Ends with 1 when one of them cannot be had.',
    flags,
    options: z.object(where),
    examples: ['signalbox actions list', 'signalbox actions list --json'],
    async run({ options, json }) {
      const { listActions } = await import('./lock-actions.ts')
      return await listActions(cli, options, json)
    },
  })
  addCommand(group, outcome, {
    usage: 'lock',
    summary: 'Write .signalbox/actions.lock: which commit each action is.',
    details:
      'Adds what is not locked yet, takes out what is not used any more, and leaves the rest as it is, saying what ' +
      'moved. With --update everything is locked to what it is now.',
    flags: [...flags, ['--update', 'lock what moved to its present commit']],
    options: z.object({ ...where, update: z.boolean().default(false) }),
    examples: ['signalbox actions lock', 'signalbox actions lock --update'],
    async run({ options, json }) {
      const { lockActions } = await import('./lock-actions.ts')
      return await lockActions(cli, options, json)
    },
  })
}
