import { z } from 'zod'
import { SessionView } from '../views/session.ts'
import { none, type Route } from './route.ts'

export const sessionRoutes = {
  createSession: {
    method: 'POST',
    path: '/api/session',
    permission: 'public',
    tag: 'session',
    summary: 'Exchange a single-use token for a session cookie.',
    body: z.object({ token: z.string().min(1).max(200) }),
    response: SessionView,
  },
  getSession: {
    method: 'GET',
    path: '/api/session',
    permission: 'session.read',
    tag: 'session',
    summary: 'Who is signed in, and the token that writes must carry.',
    response: SessionView,
  },
  deleteSession: {
    method: 'DELETE',
    path: '/api/session',
    permission: 'session.read',
    tag: 'session',
    summary: 'Sign out.',
    response: none,
  },
  createLoginToken: {
    method: 'POST',
    path: '/api/login-tokens',
    permission: 'token.write',
    tag: 'session',
    summary: 'Make a single-use sign-in token, good for 10 minutes.',
    response: z.object({ token: z.string(), url: z.string(), expiresAt: z.iso.datetime() }),
  },
} as const satisfies Record<string, Route>
