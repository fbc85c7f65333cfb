import type { Problem } from '@signalbox/core/contract/views/live.ts'
import { answer } from './fixture-answer.ts'
import { FixtureSocket } from './fixture-socket.ts'

/** What the fixture shows: `?fixture=empty` and so on; kept for the tab. */
export const fixtureStates = [
  'full',
  'empty',
  'loading',
  'error',
  'offline',
  'signed-out',
  'conflict',
  'viewer',
  'many',
  'long',
  'broken',
  'degraded',
] as const
export type FixtureState = (typeof fixtureStates)[number]

function chosenState(): FixtureState {
  const asked =
    new URLSearchParams(window.location.search).get('fixture') ?? sessionStorage.getItem('fixture')
  const state = fixtureStates.find((each) => each === asked) ?? 'full'
  sessionStorage.setItem('fixture', state)
  return state
}

function problem(status: number, title: string, detail: string, code: string, hint: string): Response {
  const body: Problem = { type: 'about:blank', title, status, detail, code, hint }
  return Response.json(body, { status })
}

/** Puts made-up answers in the place of the server. Loaded by `vite --mode fixture` only, and labelled. */
export function installFixture(): void {
  const state = chosenState()
  const label = document.createElement('aside')
  label.className = 'banner-fixture'
  label.textContent = `Fixture “${state}”: nothing here is real`
  document.body.append(label)
  const real = window.fetch.bind(window)
  window.fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : String(input), window.location.href)
    if (!url.pathname.startsWith('/api') && url.pathname !== '/health') return real(input, init)
    await new Promise((done) => setTimeout(done, 30))
    const session = url.pathname === '/api/session'
    if (state === 'signed-out') {
      return problem(
        401,
        'Not signed in',
        'This token was used or has expired.',
        'signed-out',
        'Run “signalbox open”.',
      )
    }
    if (state === 'loading' && !session) return new Promise<Response>(() => {})
    if (state === 'error' && !session) {
      return problem(
        500,
        'The database does not answer',
        'PostgreSQL refused the connection at 127.0.0.1:5433.',
        'database-down',
        'Look at the output of “npm start”; “signalbox doctor” names what is wrong.',
      )
    }
    return answer({ method: init?.method ?? 'GET', url, body: init?.body, state })
  }
  Object.defineProperty(window, 'WebSocket', {
    value: new Proxy(window.WebSocket, {
      construct: (target, args: [string]) =>
        args[0].endsWith('/api/live')
          ? new FixtureSocket(state === 'offline')
          : Reflect.construct(target, args),
    }),
  })
}
