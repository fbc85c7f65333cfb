import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { problemOf } from '../lib/problem.ts'
import { useTitle } from '../lib/use-title.ts'

/** A grey shape where something will stand. */
export function Bone({ width = '100%', height = 14 }: { width?: number | string; height?: number | string }) {
  return <div className="bone" style={{ width, height }} />
}

/** The shape of a list while it loads. */
export function ListBones({ rows = 6 }: { rows?: number }) {
  return (
    <div className="list" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, index) => index).map((index) => (
        <div
          className="list-row"
          key={index}
          style={index ? { borderTop: '1px solid var(--line)' } : undefined}
        >
          <Bone width={28} />
          <Bone width={`${58 - ((index * 7) % 25)}%`} />
          <span className="grow" />
          <Bone width={150} />
        </div>
      ))}
    </div>
  )
}

/** The shape of a page with a head, a strip and a panel. */
export function PageBones() {
  return (
    <div className="stack" role="status" aria-label="Loading">
      <Bone width={260} height={24} />
      <Bone height={84} />
      <Bone height={220} />
    </div>
  )
}

/** Nothing here yet, and the one thing to do about it. */
export function Empty({
  title,
  children,
  action,
  whole = false,
}: {
  title: string
  children?: ReactNode
  action?: ReactNode
  /** It is all that the page has: its title is the page's. */
  whole?: boolean
}) {
  return (
    <div className="empty">
      {whole ? <h1>{title}</h1> : <h2>{title}</h2>}
      {children ? <p className="muted">{children}</p> : null}
      {action}
    </div>
  )
}

interface ProblemNoteProps {
  error: unknown
  /** What to do again. */
  onRetry?: () => void
  /** It is all that the page has: its title is the page's. */
  whole?: boolean
}

/** What went wrong, where, and the next step. */
export function ProblemNote({ error, onRetry, whole = false }: ProblemNoteProps) {
  const Title = whole ? 'h1' : 'h2'
  const problem = problemOf(error)
  return (
    <div className="problem" role="alert">
      <Title className="problem-title">{problem.detail || problem.title}</Title>
      {problem.hint ? <p className="muted">{problem.hint}</p> : null}
      {(problem.errors ?? []).map((each) => (
        <p key={each.path}>
          <code>{each.path}</code> {each.message}
        </p>
      ))}
      <div className="row">
        {onRetry ? <Button onClick={onRetry}>Try again</Button> : null}
        <span className="mono muted">
          {problem.code}
          {problem.status ? ` · ${problem.status}` : ''}
        </span>
      </div>
    </div>
  )
}

/** An address whose object is not there, or no longer. */
function Missing({ what }: { what: string }) {
  useTitle('Not found')
  return (
    <Empty
      whole
      title={what || 'There is no such thing'}
      action={
        <Link className="link" to="/">
          To the projects
        </Link>
      }
    >
      It may have been deleted, or the link is cut off.
    </Empty>
  )
}

interface LoadedProps<T> {
  query: { data: T | undefined; error: unknown; isPending: boolean; refetch: () => unknown }
  bones: ReactNode
  /** It is all that the page has: what went wrong is told under a title of the page. */
  whole?: boolean
  children: (data: T) => ReactNode
}

/** A read in its three states: its shape while it loads, the problem, or the data (also when a renewal failed). */
export function Loaded<T>({ query, bones, whole, children }: LoadedProps<T>) {
  if (query.data !== undefined) return children(query.data)
  if (query.error && problemOf(query.error).status === 404)
    return <Missing what={problemOf(query.error).detail} />
  if (query.error)
    return <ProblemNote error={query.error} onRetry={() => void query.refetch()} whole={whole} />
  return bones
}
