import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { PageBones, ProblemNote } from '../../components/states.tsx'
import { problemOf } from '../../lib/problem.ts'
import { queries } from '../../lib/queries.ts'
import { SignedOut } from './signed-out.tsx'

interface SessionGateProps {
  /** Why the token of the address was refused, if it was. */
  refusal: string | null
  children: ReactNode
}

/** Shows the product to who is signed in, and how to sign in to everyone else. */
export function SessionGate({ refusal, children }: SessionGateProps) {
  const session = useQuery(queries.session())
  if (session.error && problemOf(session.error).status === 401) return <SignedOut refusal={refusal} />
  if (session.data) return children
  if (session.error) {
    return (
      <main className="page">
        <ProblemNote whole error={session.error} onRetry={() => void session.refetch()} />
      </main>
    )
  }
  return (
    <main className="page">
      <PageBones />
    </main>
  )
}
