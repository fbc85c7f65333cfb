import { Button } from '@mantine/core'
import type { AuditEntry } from '@signalbox/core/contract/views/audit.ts'
import type { Lamp as LampState } from '@signalbox/core/domain/strip.ts'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { Lamp } from '../../components/lamp.tsx'
import { LoadMore } from '../../components/load-more.tsx'
import { Empty, ListBones, Loaded } from '../../components/states.tsx'
import { Ago } from '../../components/time.tsx'
import { queries } from '../../lib/queries.ts'

const lamps: Record<AuditEntry['outcome'], { lamp: LampState; word: string }> = {
  done: { lamp: 'clear', word: 'done' },
  refused: { lamp: 'waiting', word: 'refused' },
  failed: { lamp: 'stopped', word: 'failed' },
  started: { lamp: 'stopped', word: 'cut off' },
}

/** Every write, newest first; one opens to what was asked and what it changed. */
export function AuditList({ filter }: { filter: string }) {
  const entries = useInfiniteQuery(queries.auditPages(filter))
  const [open, setOpen] = useState<number>()
  return (
    <Loaded query={entries} bones={<ListBones rows={10} />}>
      {({ pages }) => {
        const items = pages.flatMap((page) => page.items)
        if (items.length === 0) {
          return filter ? (
            <Empty
              title={`No write matches “${filter}”`}
              action={
                <Link className="link" to="/system/audit">
                  Show all writes
                </Link>
              }
            />
          ) : (
            <Empty title="No write yet">Every write of a person or a program is kept here.</Empty>
          )
        }
        return (
          <>
            <ul className="list" data-testid="audit-list">
              {items.map((entry) => (
                <li key={entry.id}>
                  <Row
                    entry={entry}
                    open={open === entry.id}
                    onOpen={() => setOpen(open === entry.id ? undefined : entry.id)}
                  />
                </li>
              ))}
            </ul>
            <LoadMore query={entries} shown={items.length} what="write" />
          </>
        )
      }}
    </Loaded>
  )
}

function Row({ entry, open, onOpen }: { entry: AuditEntry; open: boolean; onOpen: () => void }) {
  const look = lamps[entry.outcome]
  return (
    <>
      <button
        type="button"
        className="list-row audit-row"
        aria-expanded={open}
        onClick={onOpen}
        data-list-item
      >
        <Lamp lamp={look.lamp} label={look.word} />
        <span className="audit-who cut">{entry.user.name || 'nobody signed in'}</span>
        <span className="grow list-grow cut">
          <b style={{ fontWeight: 560 }}>{words(entry.action)}</b>{' '}
          <span className="muted">{entry.object ? `${entry.object.kind} ${entry.object.id}` : ''}</span>
        </span>
        <span className="audit-from cut muted">{entry.ip}</span>
        <span className="list-age">
          <Ago at={entry.at} />
        </span>
      </button>
      {open ? <Details entry={entry} /> : null}
    </>
  )
}

function Details({ entry }: { entry: AuditEntry }) {
  const before = record(entry.before)
  const after = record(entry.after)
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return (
    <div className="audit-details">
      <dl className="facts">
        <dt>Operation</dt>
        <dd className="mono">{entry.action}</dd>
        <dt>Outcome</dt>
        <dd>
          {lamps[entry.outcome].word}
          {entry.status === null ? '' : ` · ${entry.status}`}
        </dd>
        <dt>From</dt>
        <dd>
          {entry.ip} by{' '}
          {entry.via === 'token' ? 'an API token' : entry.via === 'session' ? 'a browser' : 'no session'} ·{' '}
          <span className="muted">{entry.userAgent || 'no user agent'}</span>
        </dd>
        <dt>Request</dt>
        <dd className="mono">{entry.requestId}</dd>
      </dl>
      {entry.asked === null ? null : (
        <pre className="code code-wrap">{JSON.stringify(entry.asked, null, 2)}</pre>
      )}
      {paths.length > 0 ? (
        <table className="audit-changes">
          <thead>
            <tr>
              <th scope="col">Changed</th>
              <th scope="col">Before</th>
              <th scope="col">After</th>
            </tr>
          </thead>
          <tbody>
            {paths.map((path) => (
              <tr key={path}>
                <td className="mono">{path}</td>
                <td className="mono">{text(before[path])}</td>
                <td className="mono">{text(after[path])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
    </div>
  )
}

/** `updateProject` as words: "Update project". */
function words(action: string): string {
  const spaced = action.replace(/([A-Z])/g, ' $1').toLowerCase()
  return spaced.charAt(0).toUpperCase() + spaced.slice(1)
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function text(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value)
}

/** The links that save what the filter finds as a file. */
export function AuditExport({ filter }: { filter: string }) {
  const query = filter ? `&q=${encodeURIComponent(filter)}` : ''
  return (
    <>
      <Button component="a" href={`/api/audit/export?format=csv${query}`} download>
        Export CSV
      </Button>
      <Button component="a" href={`/api/audit/export?format=jsonl${query}`} download>
        Export JSON
      </Button>
    </>
  )
}
