import { Failure } from '@signalbox/core/base/failure.ts'
import type { ReviewComment } from '@signalbox/core/contract/views/comments.ts'
import { z } from 'zod'
import { addCommand, type Family } from '../add-command.ts'
import type { Cli } from '../cli.ts'
import { findChange } from '../find.ts'
import { ago, indent } from '../format.ts'
import { plain, plainLine } from '../style.ts'

const projectFlag = ['--project <project>', 'where the number counts, when several projects have it'] as const
const Named = z.object({ project: z.string().optional() })

/** `change comments`, `change comment` and `change send-comments`, added to the group `change`. */
export function addCommentCommands({ cli, outcome }: Family, group: Family['program']): void {
  addCommand(group, outcome, {
    usage: 'comments <change>',
    summary: 'List the review comments on the pull request.',
    flags: [projectFlag],
    options: Named,
    examples: ['signalbox change comments 12', 'signalbox change comments 12 --json'],
    async run({ args: [ref = ''], options, json }) {
      const change = await findChange(cli.api(), ref, options.project)
      const answer = await cli.api().call('listComments', { params: { change } })
      if (json) cli.json(answer)
      else cli.out(commentsText(cli, answer.items))
    },
  })
  addCommand(group, outcome, {
    usage: 'comment <change> <text>',
    summary: 'Comment on lines of the pull request.',
    details: 'The agent hears of it with "signalbox change send-comments", or at once with --send.',
    flags: [
      projectFlag,
      ['--file <path>', 'the file, as the diff names it'],
      ['--line <lines>', 'a line or a range of them: 12 or 12-15'],
      ['--old', 'the lines are those before the change'],
      ['--send', 'send all open comments to the agent now'],
    ],
    options: Named.extend({
      file: z.string(),
      line: z.string(),
      old: z.boolean().default(false),
      send: z.boolean().default(false),
    }),
    examples: ['signalbox change comment 12 "Name this after what it does" --file src/a.js --line 12-15'],
    async run({ args: [ref = '', text = ''], options, json }) {
      const change = await findChange(cli.api(), ref, options.project)
      const { pullRequest } = await cli.api().call('getChange', { params: { change } })
      if (!pullRequest) throw new Failure('refused', 'This change has no pull request to comment on yet.')
      const comment = await cli.api().call('createComment', {
        params: { change },
        body: {
          commit: pullRequest.headCommit,
          path: options.file,
          side: options.old ? 'old' : 'new',
          ...linesOf(options.line),
          body: text,
        },
      })
      if (options.send) await cli.api().call('sendComments', { params: { change }, body: {} })
      if (json) cli.json(comment)
      else cli.out(options.send ? 'Sent to the agent.\n' : 'Kept. Send it: signalbox change send-comments\n')
    },
  })
  addCommand(group, outcome, {
    usage: 'send-comments <change> [note]',
    summary: 'Send all open comments to the agent as one message.',
    flags: [projectFlag],
    options: Named,
    examples: ['signalbox change send-comments 12', 'signalbox change send-comments 12 "Tests too, please"'],
    async run({ args: [ref = '', note = ''], options, json }) {
      const change = await findChange(cli.api(), ref, options.project)
      const answer = await cli.api().call('sendComments', { params: { change }, body: note ? { note } : {} })
      if (json) cli.json(answer)
      else cli.out('Sent to the agent.\n')
    },
  })
}

function linesOf(text: string): { startLine: number; endLine: number } {
  const match = /^(\d{1,8})(?:-(\d{1,8}))?$/.exec(text)
  if (!match) throw new Failure('invalid-request', `"${text}" is no line: write 12 or 12-15.`)
  return { startLine: Number(match[1]), endLine: Number(match[2] ?? match[1]) }
}

const stateWords = { open: 'not sent yet', sent: 'sent', resolved: 'resolved' } as const

function commentsText(cli: Cli, items: readonly ReviewComment[]): string {
  if (items.length === 0) return 'No comment.\n'
  return items
    .map((comment) => {
      const lines =
        comment.startLine === comment.endLine
          ? `${comment.startLine}`
          : `${comment.startLine}-${comment.endLine}`
      const where = cli.style.bold(`${plainLine(comment.path)}:${lines}`)
      const old = comment.outdated ? ', outdated' : ''
      const who = plainLine(comment.author?.name ?? 'somebody')
      const about = `${who}, ${ago(comment.createdAt, cli.now())}, ${stateWords[comment.state]}${old}`
      return `${where}  ${cli.style.dim(about)}\n${indent(plain(comment.body), '  ')}\n`
    })
    .join('\n')
}
