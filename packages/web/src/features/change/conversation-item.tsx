import type { ReactNode } from 'react'
import { AnsiText } from '../../components/ansi-text.tsx'
import { Chevron } from '../../components/chevron.tsx'
import { InlineDiff } from '../../components/inline-diff.tsx'
import { Lamp } from '../../components/lamp.tsx'
import { PlanList } from '../../components/plan-list.tsx'
import { Prose } from '../../components/prose.tsx'
import { Ago } from '../../components/time.tsx'
import type { Item } from '../../lib/conversation.ts'
import { plural } from '../../lib/format.ts'

const longPrompt = 600

interface ConversationItemProps {
  item: Item
  agent: string
  /** The agent is at it now: its output stands open. */
  growing: boolean
}

/** One thing of a conversation. */
export function ConversationItem({ item, agent, growing }: ConversationItemProps) {
  switch (item.kind) {
    case 'message':
      return <Said item={item} agent={agent} />
    case 'tool':
      return <Tool item={item} />
    case 'thought':
      return (
        <Folded title="Thought" detail={plural(item.text.split('\n').length, 'line')}>
          <div className="section-body muted">
            <Prose text={item.text} />
          </div>
        </Folded>
      )
    case 'permission':
      return (
        <p className="row">
          <Lamp lamp={item.allowed ? 'clear' : 'stopped'} label={item.allowed ? 'allowed' : 'not allowed'} />
          <span className="mono cut">{item.title}</span>
          <span className="muted">{item.answer}</span>
        </p>
      )
    case 'output':
      return (
        <Folded title="Output" open={growing} detail={plural(item.text.split('\n').length, 'line')}>
          <AnsiText text={item.text} label="Output of the agent" />
        </Folded>
      )
    case 'plan':
      return item.entries.length > 0 ? <PlanList entries={item.entries} /> : <Prose text={item.text} />
    case 'end':
      if (!item.text) return null
      return <p className="lamp-text-stopped">{item.text}</p>
  }
}

function Said({ item, agent }: { item: Extract<Item, { kind: 'message' }>; agent: string }) {
  const who = item.role === 'person' ? 'You' : item.role === 'platform' ? 'Signalbox' : agent
  const long = item.role === 'platform' && item.text.length > longPrompt
  return (
    <div className={`said is-${item.role}`}>
      <p className="said-head">
        <b>{who}</b>
        <span className="faint">
          <Ago at={item.at} />
        </span>
      </p>
      {long ? (
        <Folded title={item.text.split('\n', 1)[0] ?? ''} detail="evidence for the agent">
          <AnsiText text={item.text} label="What Signalbox told the agent" />
        </Folded>
      ) : (
        <div className="said-text">
          <Prose text={item.text} />
        </div>
      )}
    </div>
  )
}

const toolLamps = { running: 'moving', ok: 'clear', failed: 'stopped' } as const

function Tool({ item }: { item: Extract<Item, { kind: 'tool' }> }) {
  return (
    <details className="tool" open={item.diff !== ''}>
      <summary>
        <Chevron />
        <Lamp lamp={toolLamps[item.state]} label={item.state} />
        <span className="mono cut grow">{item.title}</span>
        {item.output ? <span className="faint">{plural(item.output.split('\n').length, 'line')}</span> : null}
      </summary>
      {item.locations.length > 0 ? (
        <p className="tool-places mono faint">{item.locations.join(' · ')}</p>
      ) : null}
      {item.input ? <AnsiText text={item.input} label={`Input of ${item.title}`} /> : null}
      {item.output ? <AnsiText text={item.output} label={`Result of ${item.title}`} /> : null}
      {item.diff ? (
        <div className="tool-diff">
          <InlineDiff diff={item.diff} />
        </div>
      ) : null}
    </details>
  )
}

interface FoldedProps {
  title: string
  detail: string
  open?: boolean
  children: ReactNode
}

function Folded({ title, detail, open = false, children }: FoldedProps) {
  return (
    <details className="tool" open={open}>
      <summary>
        <Chevron />
        <span className="cut grow">{title}</span>
        <span className="faint">{detail}</span>
      </summary>
      {children}
    </details>
  )
}
