import type { ChangeDetail } from '@signalbox/core/contract/views/changes.ts'
import type { Stage } from '@signalbox/core/domain/strip.ts'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useEffect, useState } from 'react'
import { Section } from '../../components/section.tsx'
import { Loaded, PageBones } from '../../components/states.tsx'
import { queries } from '../../lib/queries.ts'
import { openSections, orderedSections, type SectionName, sectionOfStage } from '../../lib/signals.ts'
import { ChangeFacts } from './change-facts.tsx'
import { ChangeHead } from './change-head.tsx'
import { ChangeNow } from './change-now.tsx'
import { Conversation } from './conversation.tsx'
import { Deployment } from './deployment.tsx'
import { Gates } from './gates.tsx'
import { PullRequest } from './pull-request.tsx'
import { sectionSummaries } from './section-summaries.ts'
import { Validation } from './validation.tsx'

const titles: Record<SectionName, string> = {
  conversation: 'Conversation',
  'pull-request': 'Pull request',
  validation: 'Validation',
  gates: 'Gates',
  deployment: 'Deployment',
}

/** One change: its strip, what the current stage needs, and the rest folded to a line each. */
export function ChangeView({ id }: { id: string }) {
  const change = useQuery(queries.change(id))
  return (
    <Loaded whole query={change} bones={<PageBones />}>
      {(data) => (
        <div data-testid="change-page" data-status={data.status} data-conclusion={data.conclusion ?? ''}>
          <ChangeHead change={data} />
          <ChangeBody change={data} />
        </div>
      )}
    </Loaded>
  )
}

function ChangeBody({ change }: { change: ChangeDetail }) {
  const [chosen, setChosen] = useState<Chosen>({})
  const [sought, setSought] = useState<SectionName | null>(null)
  useEffect(() => {
    if (sought === null) return
    document.querySelector(`[data-testid="section-${sought}"]`)?.scrollIntoView({ block: 'nearest' })
    setSought(null)
  }, [sought])
  function onStage(stage: Stage) {
    const name = sectionOfStage[stage]
    setChosen({ ...chosen, [name]: true })
    setSought(name)
  }
  return (
    <>
      <ChangeNow change={change} onStage={onStage} />
      <div className="change-grid">
        <Sections change={change} chosen={chosen} onChoose={setChosen} />
        <ChangeFacts change={change} />
      </div>
    </>
  )
}

/** What a person folded or opened; the rest follows the stage. */
type Chosen = Partial<Record<SectionName, boolean>>

interface SectionsProps {
  change: ChangeDetail
  chosen: Chosen
  onChoose: (chosen: Chosen) => void
}

function Sections({ change, chosen, onChoose }: SectionsProps) {
  const needed = openSections(change)
  const summaries = sectionSummaries(change)
  return (
    <div className="stack" style={{ gap: 8 }}>
      {orderedSections(change).map((name) => {
        const body = bodyOf(name, change)
        if (body === null) return null
        const open = chosen[name] ?? needed.includes(name)
        return (
          <Section
            key={name}
            name={name}
            title={titles[name]}
            summary={summaries[name]}
            open={open}
            onToggle={() => onChoose({ ...chosen, [name]: !open })}
          >
            {body}
          </Section>
        )
      })}
    </div>
  )
}

/** Null while the change has not come that far. */
function bodyOf(name: SectionName, change: ChangeDetail): ReactNode {
  switch (name) {
    case 'conversation':
      return <Conversation change={change} />
    case 'pull-request':
      return change.pullRequest ? <PullRequest change={change} pullRequest={change.pullRequest} /> : null
    case 'validation':
      return change.runs.some((run) => run.kind === 'validation') ? <Validation change={change} /> : null
    case 'gates':
      return change.gate ? <Gates change={change} gate={change.gate} /> : null
    case 'deployment':
      return change.deployment ? <Deployment change={change} deployment={change.deployment} /> : null
  }
}
