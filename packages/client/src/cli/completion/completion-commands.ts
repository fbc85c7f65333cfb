import { Failure } from '@signalbox/core/base/failure.ts'
import { addCommand, type Family } from '../add-command.ts'
import type { Cli } from '../cli.ts'
import { plainLine } from '../style.ts'
import { bashCompletion } from './bash.ts'
import { fishCompletion } from './fish.ts'
import { type DynamicKind, dynamicKinds, type Node, treeOf } from './tree.ts'
import { zshCompletion } from './zsh.ts'

const shells: Record<string, (root: Node) => string> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
}

/** `completion` prints a shell's script; `complete` is what that script asks at a Tab. */
export function addCompletionCommands({ program, cli, outcome }: Family): void {
  addCommand(program, outcome, {
    usage: 'completion <shell>',
    summary: 'Print the completion of bash, zsh or fish.',
    details:
      'bash: add "source <(signalbox completion bash)" to ~/.bashrc. zsh: the same in ~/.zshrc, after compinit. ' +
      'fish: save it as ~/.config/fish/completions/signalbox.fish.',
    json: false,
    examples: [
      'source <(signalbox completion bash)',
      'signalbox completion fish > ~/.config/fish/completions/signalbox.fish',
    ],
    async run({ args: [shell = ''] }) {
      const print = shells[shell]
      if (!print) {
        throw new Failure('usage', `There is no completion for "${plainLine(shell)}".`, {
          hint: `One of ${Object.keys(shells).join(', ')}.`,
        })
      }
      cli.out(print(treeOf(program)))
    },
  })
  program
    .command('complete <kind>', { hidden: true })
    .description('What a shell shows at a Tab: a value and what it is, in each line.')
    .action(async (kind: string) => {
      const known = dynamicKinds.find((each) => each === kind)
      if (!known) throw new Failure('usage', `There is nothing called "${plainLine(kind)}" to complete.`)
      for (const [value, says] of await values(cli, known))
        cli.out(`${plainLine(value)}\t${plainLine(says)}\n`)
    })
}

/** The newest of a kind, as a person names it. */
async function values(cli: Cli, kind: DynamicKind): Promise<[value: string, says: string][]> {
  const api = cli.api()
  if (kind === 'project' || kind === 'deployment') {
    const { items } = await api.call('listProjects')
    if (kind === 'project') return items.map((project) => [project.slug, project.name])
    return items.flatMap((project) =>
      project.live ? [[project.live.id, `live on ${project.live.environment} of ${project.slug}`]] : [],
    )
  }
  if (kind === 'run') {
    const { items } = await api.call('listRuns', { query: { limit: '50' } })
    return items.map((run) => [String(run.number), `${run.name} of ${run.projectSlug}`])
  }
  const { items } = await api.call('listChanges', { query: { limit: '50' } })
  return items.map((change) => [String(change.number), `${change.title} of ${change.projectSlug}`])
}
