import { z } from 'zod'
import { addCommand, type Family } from '../add-command.ts'

const Options = z.object({ support: z.boolean().default(false) })

/** `lint`: what is wrong with workflows and actions, and what of GitHub's workflow language works here. */
export function addLintCommand({ program, cli, outcome }: Family): void {
  addCommand(program, outcome, {
    usage: 'lint [file...]',
    summary: 'Say what is wrong with workflows and actions, or what of the language works here.',
    details:
      'FILE is a workflow, the name of one, or an action.yml; without one, every workflow of the checkout and every ' +
      'action.yml that git knows. Each mistake is a line file:line:column. Ends with 2 when there is an error. As ' +
      'JSON: one object a line, as in the protocol of "signalbox run --json".',
    flags: [
      ['--support', 'every key, event, context, function, command and shell: works, differs or refused'],
    ],
    options: Options,
    examples: [
      'signalbox lint',
      'signalbox lint .github/workflows/ci.yml --json',
      'signalbox lint --support',
    ],
    async run({ args, options, json }) {
      if (options.support) {
        const { printSupport } = await import('./print-support.ts')
        printSupport(cli, json)
        return undefined
      }
      const { lintFiles } = await import('./lint-files.ts')
      return await lintFiles(cli, args, json)
    },
  })
}
