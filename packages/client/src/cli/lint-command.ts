import { Failure } from '@signalbox/core/base/failure.ts'
import { z } from 'zod'
import { addCommand, type Family } from './add-command.ts'

const Options = z.object({ support: z.boolean().default(false) })

/** `lint`: what of GitHub's workflow language works here. */
export function addLintCommand({ program, cli, outcome }: Family): void {
  addCommand(program, outcome, {
    usage: 'lint',
    summary: 'Say what of the workflow language works here.',
    flags: [
      ['--support', 'every key, event, context, function, command and shell: works, differs or refused'],
    ],
    options: Options,
    examples: ['signalbox lint --support', 'signalbox lint --support --json'],
    async run({ options, json }) {
      if (!options.support) {
        throw new Failure('usage', 'Say what to look at.', { hint: 'For example: signalbox lint --support' })
      }
      const { printSupport } = await import('./print-support.ts')
      printSupport(cli, json)
    },
  })
}
