import { Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { ListBones, Loaded, ProblemNote } from '../../components/states.tsx'
import { Ago } from '../../components/time.tsx'
import { call } from '../../lib/api.ts'
import { browserOf } from '../../lib/browser-of.ts'
import { queries } from '../../lib/queries.ts'

/** Where you are signed in; one or all others can be ended. */
export function Sessions() {
  const cache = useQueryClient()
  const sessions = useQuery(queries.sessions())
  const end = useMutation({
    mutationFn: async (session: string | null) => {
      if (session === null) await call('endOtherSessions', {})
      else await call('endSession', { params: { session } })
    },
    onSuccess: () => cache.invalidateQueries({ queryKey: ['account', 'sessions'] }),
  })
  return (
    <section className="stack" aria-label="Sessions">
      <h2>Sessions</h2>
      <Loaded query={sessions} bones={<ListBones rows={2} />}>
        {(items) => (
          <>
            <ul className="list" aria-label="Your sessions">
              {items.map((session) => (
                <li className="list-row row-wrap" key={session.id}>
                  <span className="grow person" title={session.userAgent}>
                    <b>{browserOf(session.userAgent)}</b>
                    <span className="muted person-facts">
                      {session.ip} · <Ago at={session.lastSeenAt} />
                    </span>
                  </span>
                  {session.current ? (
                    <span>this one</span>
                  ) : (
                    <Button onClick={() => end.mutate(session.id)}>Sign out</Button>
                  )}
                </li>
              ))}
            </ul>
            {items.length > 1 ? (
              <div>
                <Button loading={end.isPending} onClick={() => end.mutate(null)}>
                  Sign all others out
                </Button>
              </div>
            ) : null}
          </>
        )}
      </Loaded>
      {end.error ? <ProblemNote error={end.error} /> : null}
    </section>
  )
}
