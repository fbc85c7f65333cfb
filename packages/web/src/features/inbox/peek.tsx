import { Button, Textarea } from '@mantine/core'
import type { ChangeDetail } from '@signalbox/core/contract/views/changes.ts'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { GateReasons } from '../../components/gate-reasons.tsx'
import { Hash } from '../../components/hash.tsx'
import { PermissionAsk } from '../../components/permission-ask.tsx'
import { PlanList } from '../../components/plan-list.tsx'
import { Prose } from '../../components/prose.tsx'
import { Loaded, PageBones, ProblemNote } from '../../components/states.tsx'
import { Strip } from '../../components/strip.tsx'
import { call } from '../../lib/api.ts'
import { foldConversation } from '../../lib/conversation.ts'
import { queries } from '../../lib/queries.ts'
import { changeWord } from '../../lib/signals.ts'
import { useAnswer } from '../../lib/use-answer.ts'

/** The picked change beside the list: what it asks, why, and the answer, without leaving the inbox. */
export function Peek({ id }: { id: string }) {
  const change = useQuery(queries.change(id))
  return (
    <aside className="peek panel" aria-label="What it asks" data-testid="inbox-peek">
      <Loaded query={change} bones={<PageBones />}>
        {(data) => <Asked key={data.id} change={data} />}
      </Loaded>
    </aside>
  )
}

function Asked({ change }: { change: ChangeDetail }) {
  return (
    <div className="stack">
      <div>
        <p className="muted">
          {change.projectSlug} #{change.number}
        </p>
        <h2>{change.title}</h2>
      </div>
      <Strip strip={change.strip} />
      <p>
        <b className="lamp-text-waiting">{changeWord(change)}</b>
        {change.reason ? ` · ${change.reason}` : null}
      </p>
      <Why change={change} />
      <Asks change={change} />
      <Answers change={change} />
      <Link className="link" to="/changes/$id" params={{ id: change.id }}>
        Open the change
      </Link>
    </div>
  )
}

/** The plan, the gate's reasons, or the failure: what the answer hangs on. */
function Why({ change }: { change: ChangeDetail }) {
  if (change.waitingFor === 'plan') return <Planned change={change} />
  if (change.waitingFor === 'help') {
    const newest = change.evidence.toSorted((a, b) => b.createdAt.localeCompare(a.createdAt))[0]
    return newest?.excerpt ? <pre className="code code-wrap peek-code">{newest.excerpt}</pre> : null
  }
  return change.gate ? <GateReasons gate={change.gate} /> : null
}

/** The newest plan: the agent's words, and its list where it made one. */
function Planned({ change }: { change: ChangeDetail }) {
  const items = foldConversation(change.agentRun?.conversation ?? []).at(-1)?.items ?? []
  const said = items.findLast((item) => item.kind === 'message' && item.role === 'agent')
  const plan = items.findLast((item) => item.kind === 'plan')
  return (
    <>
      {said?.kind === 'message' ? <Prose text={said.text} /> : null}
      {plan?.kind !== 'plan' ? null : plan.entries.length > 0 ? (
        <PlanList entries={plan.entries} />
      ) : (
        <Prose text={plan.text} />
      )}
    </>
  )
}

/** What the agent asks while it works. */
function Asks({ change }: { change: ChangeDetail }) {
  const answer = useAnswer(change.id)
  const questions = change.agentRun?.questions ?? []
  const [question] = questions
  return (
    <>
      {question ? (
        <PermissionAsk
          key={question.id}
          project={change.projectSlug}
          question={question}
          more={questions.length - 1}
          onAnswer={(chosen) => answer.mutate({ question: question.id, answer: chosen })}
        />
      ) : answer.isPending || answer.isSuccess ? (
        <p className="muted" role="status">
          Answered. The agent goes on.
        </p>
      ) : null}
    </>
  )
}

function Answers({ change }: { change: ChangeDetail }) {
  const cache = useQueryClient()
  const [no, setNo] = useState<string | null>(null)
  const act = useMutation({
    mutationFn: (answer: () => Promise<ChangeDetail>) => answer(),
    onSuccess: (after) => {
      cache.setQueryData(queries.change(after.id).queryKey, after)
      void cache.invalidateQueries({ queryKey: ['inbox'] })
    },
  })
  const params = { change: change.id }
  const may = (verb: string) => change.verbs.some((each) => each.verb === verb && each.allowed)
  const head = change.pullRequest?.headCommit
  const yes = yesOf(change, may)
  if (no !== null) {
    return (
      <div className="ask">
        <Textarea
          label="Why not? (may stay empty)"
          autosize
          minRows={2}
          value={no}
          autoFocus
          onChange={(event) => setNo(event.currentTarget.value)}
        />
        <div className="row">
          <Button onClick={() => setNo(null)}>Back</Button>
          <span className="grow" />
          <Button
            variant="filled"
            color="red"
            loading={act.isPending}
            onClick={() =>
              act.mutate(() =>
                call('decidePlan', { params, body: { decision: 'reject', text: no.trim() || undefined } }),
              )
            }
          >
            Reject and end the change
          </Button>
        </div>
      </div>
    )
  }
  return (
    <div className="stack">
      {act.error ? <ProblemNote error={act.error} /> : null}
      {yes === 'approve' && head ? (
        <p className="muted">
          It edits how changes are proven. Read the diff first: your approval holds for <Hash commit={head} />{' '}
          only.
        </p>
      ) : null}
      <div className="row row-wrap">
        {yes ? (
          <Button
            variant="filled"
            loading={act.isPending}
            data-answer="y"
            data-testid="inbox-yes"
            rightSection={<kbd>y</kbd>}
            onClick={() =>
              act.mutate(() => {
                if (yes === 'merge') return call('mergeChange', { params })
                if (yes === 'approve') return call('approveChange', { params, body: { commit: head ?? '' } })
                return call('decidePlan', { params, body: { decision: 'confirm' } })
              })
            }
          >
            {yesWords[yes](change)}
          </Button>
        ) : null}
        {change.waitingFor === 'plan' && may('reject') ? (
          <Button data-answer="n" rightSection={<kbd>n</kbd>} onClick={() => setNo('')}>
            Reject…
          </Button>
        ) : null}
      </div>
    </div>
  )
}

type Yes = 'confirm' | 'merge' | 'approve'

const yesWords: Record<Yes, (change: ChangeDetail) => string> = {
  confirm: () => 'Confirm the plan',
  merge: (change) => `Merge into ${change.pullRequest?.baseBranch ?? 'the default branch'}`,
  approve: () => 'Approve these edits',
}

/** The yes to what is asked, when one word answers it and this person may say it. */
function yesOf(change: ChangeDetail, may: (verb: string) => boolean): Yes | null {
  if (change.waitingFor === 'plan' && may('confirm')) return 'confirm'
  if (change.waitingFor === 'merge' && may('merge')) return 'merge'
  if (change.waitingFor === 'approval' && may('approve') && change.pullRequest) return 'approve'
  return null
}
