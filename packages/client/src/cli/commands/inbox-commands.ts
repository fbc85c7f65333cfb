import { z } from 'zod'
import { addCommand, type Family } from '../add-command.ts'
import { ago, cut, table } from '../format.ts'
import { plainLine } from '../style.ts'

const asks = {
  plan: 'a plan to confirm',
  merge: 'a merge to allow',
  approval: 'edits to approve',
  help: 'help',
  permission: 'an answer to its agent',
} as const

/** `inbox`: what waits for a person, and what happened. */
export function addInboxCommands({ program, cli, outcome }: Family): void {
  addCommand(program, outcome, {
    usage: 'inbox',
    summary: 'Show what waits for you, and unread news.',
    flags: [['--read', 'mark all news as read']],
    options: z.object({ read: z.boolean().default(false) }),
    examples: ['signalbox inbox', 'signalbox inbox --read', 'signalbox inbox --json'],
    async run({ options, json }) {
      const api = cli.api()
      const { waiting } = await api.call('getInbox')
      const { items } = await api.call('listNotifications', { query: { unread: 'true', limit: '50' } })
      const newest = items[0]?.id
      if (options.read && newest !== undefined)
        await api.call('markNotifications', { body: { upTo: newest } })
      if (json) return cli.json({ waiting, news: items })
      if (waiting.length === 0) cli.out('Nothing waits for you.\n')
      const rows = waiting.map((change) => [
        cli.style.yellow('!'),
        `#${change.number}`,
        change.projectSlug,
        change.waitingFor ? asks[change.waitingFor] : 'a word',
        ago(change.updatedAt, cli.now()),
        cut(plainLine(change.title), 50),
      ])
      if (rows.length > 0) cli.out(table([['', 'CHANGE', 'PROJECT', 'WAITS FOR', 'SINCE', 'TITLE'], ...rows]))
      const news = items.filter((item) => item.kind !== 'needs_you')
      if (news.length > 0) {
        const lines = news.map((item) => [ago(item.at, cli.now()), item.projectSlug, plainLine(item.title)])
        cli.out(`\n${cli.style.bold('News')}\n${table(lines)}`)
      }
      const first = waiting[0]
      if (first) {
        const where = `${first.number} --project ${first.projectSlug}`
        cli.out(cli.style.dim(`\nNext: signalbox change show ${where}\n`))
      }
    },
  })
}
