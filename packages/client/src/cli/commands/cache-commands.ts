import type { CacheView } from '@signalbox/core/contract/views/services.ts'
import { z } from 'zod'
import { addCommand, addGroup, type Family } from '../add-command.ts'
import { type Cli, confirm } from '../cli.ts'
import { findProject } from '../find.ts'
import { ago, cut, table } from '../format.ts'
import { plainLine } from '../style.ts'

const projectFlag = ['-p, --project <project>', 'its name; needed when there is more than one'] as const
const Named = z.object({ project: z.string().optional() })

/** `caches list | delete`. */
export function addCacheCommands({ program, cli, outcome }: Family): void {
  const group = addGroup(program, 'caches', 'Look at caches that actions saved; delete them.')
  addCommand(group, outcome, {
    usage: 'list',
    summary: 'List the caches of a project, the last used first.',
    flags: [projectFlag],
    options: Named,
    examples: ['signalbox caches list', 'signalbox caches list --project shop --json'],
    async run({ options, json }) {
      const { slug } = await findProject(cli.api(), options.project)
      const answer = await cli.api().call('listCaches', { params: { project: slug } })
      if (json) return cli.json(answer)
      if (answer.items.length === 0) return cli.out('No cache is kept.\n')
      cli.out(table([['CACHE', 'KEY', 'SIZE', 'USES', 'LAST USED', 'OF'], ...rows(cli, answer.items)]))
      cli.out(`${answer.count} in all, ${megabytes(answer.totalBytes)} of ${megabytes(answer.maxBytes)}\n`)
    },
  })
  addCommand(group, outcome, {
    usage: 'delete <cache>',
    summary: 'Delete a cache; the next run that asks for it misses it.',
    flags: [projectFlag, ['--yes', 'do not ask']],
    options: Named.extend({ yes: z.boolean().optional() }),
    examples: ['signalbox caches delete 0199c0de-0000-7000-8000-000000000003'],
    async run({ args: [cache = ''], options, json }) {
      const { slug } = await findProject(cli.api(), options.project)
      await confirm(cli, `Delete the cache ${cache}?`, options.yes)
      const answer = await cli.api().call('deleteCache', { params: { project: slug, cache } })
      if (json) cli.json(answer)
      else cli.out('Deleted.\n')
    },
  })
}

function rows(cli: Cli, items: CacheView[]): string[][] {
  return items.map((item) => [
    item.id,
    cut(plainLine(item.key), 50),
    megabytes(item.sizeBytes),
    String(item.hits),
    ago(item.lastUsedAt, cli.now()),
    cut(plainLine(item.scope.replace(/^refs\/heads\//, '')), 40),
  ])
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}
