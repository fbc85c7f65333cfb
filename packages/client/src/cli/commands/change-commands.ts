import { Failure } from '@signalbox/core/base/failure.ts'
import type { QuestionView } from '@signalbox/core/contract/views/agents.ts'
import type { ChangeDetail } from '@signalbox/core/contract/views/changes.ts'
import { z } from 'zod'
import { addCommand, addGroup, type Family } from '../add-command.ts'
import { confirm } from '../cli.ts'
import { findChange, findProject } from '../find.ts'
import { stateOf } from '../lamps.ts'
import { logText, plain } from '../style.ts'
import { changesText, changeText } from './change-text.ts'
import { addCommentCommands } from './comment-commands.ts'
import { watchChange } from './watch-change.ts'

const projectFlag = ['--project <project>', 'where the number counts, when several projects have it'] as const
const waitFlag = ['--wait', 'follow it live until it is over or waits for a person'] as const
const Named = z.object({ project: z.string().optional() })
const Acting = Named.extend({ wait: z.boolean().default(false), yes: z.boolean().optional() })

/** What `signalbox change <verb>` needs beside the change. */
interface Act {
  usage: string
  summary: string
  details?: string
  examples: string[]
  /** Asked on a terminal before it is done. */
  question?: string
  act(change: string, text: string): Promise<ChangeDetail>
}

/** `goal` and `change …`. */
export function addChangeCommands(family: Family): void {
  const { program, cli, outcome } = family
  addCommand(program, outcome, {
    usage: 'goal <text>',
    summary: 'Give a goal: an agent works on it, and it goes its way to production.',
    details:
      'With --wait it ends with 1 when the change fails or needs help, 0 when it went well or waits for your word.',
    flags: [
      ['--project <project>', 'for which project; not needed when there is only one'],
      ['--plan', 'first a plan that you confirm, change or reject'],
      waitFlag,
    ],
    options: Acting.extend({ plan: z.boolean().default(false) }),
    examples: [
      'signalbox goal "Show the newest orders first"',
      'signalbox goal "Add a dark theme" --project shop --plan --wait',
    ],
    async run({ args: [goal = ''], options, json }) {
      const { slug } = await findProject(cli.api(), options.project)
      const change = await cli.api().call('createChange', {
        params: { project: slug },
        body: { goal, mode: options.plan ? 'plan' : 'auto' },
      })
      return announce(family, change, { wait: options.wait, json })
    },
  })
  const group = addGroup(program, 'change', 'Follow changes and decide about them.')
  addCommand(group, outcome, {
    usage: 'list',
    summary: 'List changes, newest first.',
    flags: [
      ['--project <project>', 'of one project only'],
      ['--open', 'only those that are not over'],
      ['--limit <number>', 'how many, at most 200'],
      ['--before <id>', 'go on after this change: the "next" of an earlier answer'],
    ],
    options: Named.extend({
      open: z.boolean().optional(),
      limit: z.string().default('50'),
      before: z.string().optional(),
    }),
    examples: ['signalbox change list --open', 'signalbox change list --project shop --json'],
    async run({ options, json }) {
      const { project, before, limit } = options
      const open = options.open ? ('true' as const) : undefined
      const answer = await cli.api().call('listChanges', { query: { project, open, before, limit } })
      if (json) cli.json(answer)
      else cli.out(changesText(cli, answer.items))
    },
  })
  addCommand(group, outcome, {
    usage: 'show <change>',
    summary: 'Show one change: strip, conversation, evidence, gates, deployment.',
    flags: [projectFlag],
    options: Named,
    examples: ['signalbox change show 12', 'signalbox change show "#12" --project shop --json'],
    async run({ args: [ref = ''], options, json }) {
      const id = await findChange(cli.api(), ref, options.project)
      const change = await cli.api().call('getChange', { params: { change: id } })
      if (json) cli.json(change)
      else cli.out(changeText(cli, change))
    },
  })
  addCommand(group, outcome, {
    usage: 'watch <change>',
    summary: 'Follow a change live until it is over or waits for a person.',
    details: 'Ends with 1 when it failed or needs help. As JSON: the change, once, at the end.',
    flags: [projectFlag],
    options: Named,
    examples: ['signalbox change watch 12'],
    async run({ args: [ref = ''], options, json }) {
      return watchChange(cli, await findChange(cli.api(), ref, options.project), json)
    },
  })
  addCommand(group, outcome, {
    usage: 'diff <change>',
    summary: 'Print the pull request as a unified diff.',
    flags: [projectFlag],
    options: Named,
    examples: ['signalbox change diff 12', 'signalbox change diff 12 | less'],
    async run({ args: [ref = ''], options, json }) {
      const id = await findChange(cli.api(), ref, options.project)
      const answer = await cli.api().call('getChangeDiff', { params: { change: id } })
      if (json) return cli.json(answer)
      for (const line of answer.diff.trimEnd().split('\n')) cli.out(`${diffLine(family, line)}\n`)
      if (answer.truncated) cli.err('The diff was cut at 1 MB. Fetch the branch to see all of it.\n')
    },
  })
  addCommentCommands(family, group)
  for (const act of acts(family)) addAct(family, group, act)
}

function addAct(family: Family, group: Family['program'], act: Act): void {
  const { cli, outcome } = family
  addCommand(group, outcome, {
    ...act,
    flags: [projectFlag, waitFlag, ...(act.question ? ([['--yes', 'do not ask']] as const) : [])],
    options: Acting,
    async run({ args: [ref = '', text = ''], options, json }) {
      const id = await findChange(cli.api(), ref, options.project)
      if (act.question) await confirm(cli, act.question, options.yes)
      return announce(family, await act.act(id, text), { wait: options.wait, json })
    },
  })
}

function acts({ cli }: Family): Act[] {
  const call = () => cli.api().call
  const of = (change: string) => ({ params: { change } })
  return [
    {
      usage: 'message <change> <text>',
      summary: 'Say something to the agent; it goes on in the same conversation.',
      examples: ['signalbox change message 12 "Keep the old route too" --wait'],
      act: (id, text) => call()('sendMessage', { ...of(id), body: { text } }),
    },
    {
      usage: 'confirm <change>',
      summary: 'Confirm the plan: the agent goes to work.',
      examples: ['signalbox change confirm 12 --wait'],
      act: (id) => call()('decidePlan', { ...of(id), body: { decision: 'confirm' } }),
    },
    {
      usage: 'plan-change <change> <text>',
      summary: 'Ask for another plan.',
      examples: ['signalbox change plan-change 12 "Without a new dependency"'],
      act: (id, text) => call()('decidePlan', { ...of(id), body: { decision: 'change', text } }),
    },
    {
      usage: 'reject <change> [text]',
      summary: 'Reject the plan: the change ends.',
      examples: ['signalbox change reject 12 "Not now"'],
      act: (id, text) =>
        call()('decidePlan', { ...of(id), body: { decision: 'reject', text: text || undefined } }),
    },
    {
      usage: 'answer <change> <yes|no>',
      summary: 'Answer what the agent asks: it goes on with the answer.',
      details:
        'Answers the oldest question; signalbox change show prints it. An option that the agent offers is named in place of yes or no.',
      examples: ['signalbox change answer 12 yes --wait', 'signalbox change answer 12 no'],
      async act(id, text) {
        const change = await call()('getChange', of(id))
        const question = change.agentRun?.questions[0]
        if (!question) throw new Failure('refused', 'The agent of this change asks nothing now.')
        const body = answerOf(question, text)
        return call()('answerPermission', { params: { change: id, question: question.id }, body })
      },
    },
    {
      usage: 'approve <change>',
      summary: 'Allow this head commit to edit workflows, gates or policy.',
      details: 'Look at it first: signalbox change diff. A commit that comes later needs a new approval.',
      examples: ['signalbox change diff 12', 'signalbox change approve 12'],
      question: 'This allows the change to edit what it is judged by. Have you read the diff?',
      async act(id) {
        const { pullRequest } = await call()('getChange', of(id))
        if (!pullRequest) throw new Failure('refused', 'This change has no pull request to approve yet.')
        return call()('approveChange', { ...of(id), body: { commit: pullRequest.headCommit } })
      },
    },
    {
      usage: 'merge <change>',
      summary: 'Land the validated commit.',
      examples: ['signalbox change merge 12 --wait'],
      act: (id) => call()('mergeChange', of(id)),
    },
    {
      usage: 'retry <change>',
      summary: 'Validate the pull request again.',
      examples: ['signalbox change retry 12 --wait'],
      act: (id) => call()('retryChange', of(id)),
    },
    {
      usage: 'cancel <change>',
      summary: 'Stop everything that runs for it and close its pull request.',
      examples: ['signalbox change cancel 12 --yes'],
      question: 'This stops the change for good. Go on?',
      act: (id) => call()('cancelChange', of(id)),
    },
  ]
}

/** Yes and no, or one of the agent's own options by its id or label. */
function answerOf({ options }: QuestionView, text: string): { allow: boolean; option?: string } {
  const word = text.trim().toLowerCase()
  if (['y', 'yes', 'allow'].includes(word)) return { allow: true }
  if (['n', 'no', 'deny', 'reject'].includes(word)) return { allow: false }
  const option = options.find(({ id, label }) => id.toLowerCase() === word || label.toLowerCase() === word)
  if (option) return { allow: option.kind.startsWith('allow'), option: option.id }
  const labels = options.map(({ label }) => `"${plain(label)}"`).join(', ')
  throw new Failure('refused', `The answer is yes, no, or one of ${labels}.`)
}

/** What became of it, or the way it goes from here. */
async function announce(
  { cli }: Family,
  change: ChangeDetail,
  options: { wait: boolean; json: boolean },
): Promise<number> {
  if (!options.json) {
    cli.out(`${cli.style.bold(`#${change.number}`)} in ${change.projectSlug}: ${stateOf(change)}\n`)
    if (!options.wait && change.status !== 'completed') {
      cli.out(
        cli.style.dim(`Next: signalbox change watch ${change.number} --project ${change.projectSlug}\n`),
      )
    }
  }
  if (options.wait) return watchChange(cli, change.id, options.json)
  if (options.json) cli.json(change)
  return 0
}

function diffLine({ cli }: Family, line: string): string {
  const text = cli.colors ? plain(line) : logText(line, false)
  if (line.startsWith('diff ') || line.startsWith('+++') || line.startsWith('---'))
    return cli.style.bold(text)
  if (line.startsWith('@@')) return cli.style.cyan(text)
  if (line.startsWith('+')) return cli.style.green(text)
  return line.startsWith('-') ? cli.style.red(text) : text
}
