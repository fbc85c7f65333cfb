import { auditEntries } from './fixture-audit.ts'
import { changeDetail, changes } from './fixture-changes.ts'
import { addComment, changeComment, comments, removeComment, sendComments } from './fixture-comments.ts'
import { inbox, notificationPreferences, notifications } from './fixture-inbox.ts'
import { insights } from './fixture-insights.ts'
import { diffText } from './fixture-parts.ts'
import {
  account,
  accountSessions,
  apiTokens,
  candidates,
  members,
  signInLink,
  twoFactorSetup,
  users,
} from './fixture-people.ts'
import { ailingSystem, deployments, projectDetail, projects, system } from './fixture-projects.ts'
import { artifacts } from './fixture-results.ts'
import { egress, logLines, runDetail, runs, workflowText } from './fixture-runs.ts'
import { plainVariables, secrets } from './fixture-secrets.ts'
import { caches, shellState, snapshots } from './fixture-snapshots.ts'
import { lengthened, multiplied } from './fixture-stress.ts'
import { workflowFiles } from './fixture-workflows.ts'
import { fixtureId } from './ids.ts'

interface Asked {
  method: string
  url: URL
  body: unknown
  state: string
}

type Handler = (asked: Asked, parameter: string) => unknown

const retention = {
  settings: { changeDays: 0, runDays: 365, keepRuns: 100, logDays: 180, eventDays: 30, auditDays: 0 },
  preview: {
    changes: 2,
    runs: 12,
    logs: 48,
    logBytes: 83_886_080,
    artifacts: 3,
    artifactBytes: 12_582_912,
    events: 18_211,
    auditEntries: 0,
  },
}

const projectRetention = {
  settings: { changeDays: null, runDays: 90, keepRuns: null, logDays: null },
  installation: retention.settings,
  preview: { ...retention.preview, events: 0 },
}

const session = {
  user: { id: fixtureId('user', 1), name: 'Owner', role: 'owner' },
  needsSetup: false,
  projects: null,
  csrfToken: 'fixture',
}

const wellFindings = [
  { severity: 'ok', part: 'git', text: 'git version 2.47.3', mend: null },
  { severity: 'ok', part: 'database', text: 'PostgreSQL 18.4', mend: null },
  { severity: 'note', part: '  disk', text: 'NOT enforced: measured instead', mend: null },
]
const ailingFindings = [
  {
    severity: 'error',
    part: 'ingress',
    text: 'port 3001 is taken by nginx (process 4711), which is not Signalbox or does not answer',
    mend: 'Stop it, or name another port: SIGNALBOX_INGRESS_PORT.',
  },
  {
    severity: 'warning',
    part: 'connections',
    text: '86 of 97 connections are in use',
    mend: 'Lower DB_POOL_MAX, end other users of this PostgreSQL, or raise its max_connections.',
  },
]

function doctor({ state }: Asked) {
  const findings = state === 'degraded' ? [...wellFindings, ...ailingFindings] : wellFindings
  return { at: new Date().toISOString(), findings }
}

const viewerSession = {
  ...session,
  user: { ...session.user, name: 'Vera', role: 'user' },
  projects: { [fixtureId('project', 1)]: 'viewer' },
}

function cards(asked: Asked) {
  return asked.state === 'empty' ? [] : projects(changes[0] ?? null)
}

function systemIn(asked: Asked) {
  return asked.state === 'degraded' ? ailingSystem : system
}

function logPage(asked: Asked, job: string) {
  const number = Number.parseInt(job.slice(-12), 16)
  const after = Number(asked.url.searchParams.get('after') ?? 0)
  const limit = Number(asked.url.searchParams.get('limit') ?? 1000)
  const all = logLines(number)
  const lines = all.slice(after, after + limit)
  const more = after + limit < all.length
  return { attempt: 1, lines, more, complete: !more && number !== 31 }
}

const diagnostics = [
  {
    severity: 'warning',
    code: 'no-build',
    message: 'There is no build command.',
    hint: 'Leave it empty when the code runs as it is.',
    file: '.signalbox/workflows/validate.yml',
    start: { line: 11, column: 9 },
  },
]

/** Longest path first; `:x` is one part. */
const handlers: [method: string, path: RegExp, handler: Handler][] = [
  ['GET', /^\/api\/session$/, (asked) => (asked.state === 'viewer' ? viewerSession : session)],
  ['DELETE', /^\/api\/session$/, () => ({})],
  ['GET', /^\/api\/account$/, () => account],
  ['POST', /^\/api\/account\/password$/, () => account],
  ['GET', /^\/api\/account\/sessions$/, () => ({ items: accountSessions })],
  ['DELETE', /^\/api\/account\/sessions$/, () => ({ ended: 1 })],
  ['DELETE', /^\/api\/account\/sessions\/[^/]+$/, () => ({})],
  ['POST', /^\/api\/auth\/two-factor\/(?:enable|generate-backup-codes)$/, () => twoFactorSetup],
  ['POST', /^\/api\/auth\/[a-z/-]+$/, () => ({ status: true })],
  ['GET', /^\/api\/tokens$/, (asked) => ({ items: asked.state === 'empty' ? [] : apiTokens })],
  ['POST', /^\/api\/tokens$/, () => ({ token: 'sbx_fixture-not-a-real-token', view: apiTokens[0] })],
  ['DELETE', /^\/api\/tokens\/[^/]+$/, () => ({})],
  ['GET', /^\/api\/users$/, (asked) => ({ items: asked.state === 'empty' ? users.slice(0, 1) : users })],
  ['POST', /^\/api\/users$/, () => ({ user: users[1], link: signInLink })],
  ['POST', /^\/api\/users\/[^/]+\/reset$/, () => signInLink],
  ['DELETE', /^\/api\/users\/[^/]+$/, () => ({})],
  [
    'GET',
    /^\/api\/projects\/[^/]+\/members$/,
    (asked) => ({ items: asked.state === 'empty' ? [] : members }),
  ],
  ['POST', /^\/api\/projects\/[^/]+\/members$/, () => ({ items: members })],
  ['DELETE', /^\/api\/projects\/[^/]+\/members\/[^/]+$/, () => ({ items: members })],
  ['GET', /^\/api\/projects\/[^/]+\/candidates$/, () => ({ items: candidates })],
  ['GET', /^\/api\/system$/, (asked) => systemIn(asked)],
  ['GET', /^\/api\/system\/doctor$/, doctor],
  ['GET', /^\/health$/, (asked) => systemIn(asked).health],
  ['GET', /^\/api\/retention$/, () => retention],
  ['PATCH', /^\/api\/retention$/, () => retention],
  ['POST', /^\/api\/retention\/run$/, () => retention.preview],
  ['GET', /^\/api\/projects\/[^/]+\/retention$/, () => projectRetention],
  ['PATCH', /^\/api\/projects\/[^/]+\/retention$/, () => projectRetention],
  ['POST', /^\/api\/projects\/[^/]+\/retention\/run$/, () => projectRetention.preview],
  ['GET', /^\/api\/projects$/, (asked) => ({ items: cards(asked) })],
  [
    'GET',
    /^\/api\/projects\/[^/]+\/validation-workflow$/,
    () => ({
      file: '.signalbox/workflows/validate.yml',
      text: workflowText,
      source: 'generated',
      diagnostics,
    }),
  ],
  [
    'GET',
    /^\/api\/projects\/([^/]+)\/deployments$/,
    (asked, slug) => ({ items: asked.state === 'empty' || slug !== 'sample' ? [] : deployments }),
  ],
  [
    'GET',
    /^\/api\/projects\/[^/]+\/secrets$/,
    (asked) => ({ items: asked.state === 'empty' ? [] : secrets, environments: ['production', 'staging'] }),
  ],
  [
    'GET',
    /^\/api\/projects\/[^/]+\/variables$/,
    (asked) => ({ items: asked.state === 'empty' ? [] : plainVariables }),
  ],
  ['POST', /^\/api\/projects\/[^/]+\/secrets$/, () => ({ items: secrets })],
  ['POST', /^\/api\/projects\/[^/]+\/variables$/, () => ({ items: plainVariables })],
  ['DELETE', /^\/api\/projects\/[^/]+\/secrets\/[^/]+$/, () => ({})],
  ['DELETE', /^\/api\/projects\/[^/]+\/variables\/[^/]+$/, () => ({})],
  [
    'GET',
    /^\/api\/projects\/[^/]+\/branches$/,
    () => ({
      items: [
        { name: 'main', commit: '4be1f0c2'.repeat(5), isDefault: true },
        { name: 'try/new-berths', commit: '9c11d2ab'.repeat(5), isDefault: false },
      ],
      more: false,
    }),
  ],
  [
    'GET',
    /^\/api\/projects\/[^/]+\/workflows$/,
    (asked) => ({ items: asked.state === 'empty' ? workflowFiles.slice(-1) : workflowFiles }),
  ],
  ['POST', /^\/api\/projects\/[^/]+\/runs$/, () => runDetail(fixtureId('run', 22))],
  ['POST', /^\/api\/projects\/[^/]+\/changes$/, () => changeDetail(fixtureId('change', 12))],
  [
    'GET',
    /^\/api\/projects\/([^/]+)$/,
    (asked, slug) => {
      const card = cards(asked).find((each) => each.slug === slug)
      return card ? projectDetail(card) : null
    },
  ],
  ['GET', /^\/api\/changes$/, (asked) => ({ items: asked.state === 'empty' ? [] : changes, next: null })],
  ['GET', /^\/api\/changes\/[^/]+\/diff$/, () => ({ diff: diffText, truncated: false })],
  ['GET', /^\/api\/changes\/([^/]+)$/, (_, id) => changeDetail(id)],
  [
    'GET',
    /^\/api\/changes\/[^/]+\/comments$/,
    (asked) => ({ items: asked.state === 'empty' ? [] : comments }),
  ],
  ['POST', /^\/api\/changes\/[^/]+\/comments$/, (asked) => addComment(asked.body)],
  ['POST', /^\/api\/changes\/([^/]+)\/comments\/send$/, (_, id) => sendComments(id)],
  ['DELETE', /^\/api\/changes\/[^/]+\/comments\/([^/]+)$/, (_, id) => removeComment(id)],
  [
    'GET',
    /^\/api\/changes\/[^/]+\/file$/,
    ({ url }) => {
      const [from, to] = [Number(url.searchParams.get('from')), Number(url.searchParams.get('to'))]
      const lines = Array.from({ length: to - from + 1 }, (__, index) => `// line ${from + index} as it was`)
      return { commit: '', path: '', from, lines, total: 200 }
    },
  ],
  ['POST', /^\/api\/changes\/([^/]+)\/[a-z]+$/, (_, id) => changeDetail(id)],
  ['GET', /^\/api\/audit$/, (asked) => ({ items: asked.state === 'empty' ? [] : auditEntries, next: null })],
  [
    'GET',
    /^\/api\/search$/,
    (asked) => ({
      items: changes
        .filter((each) => each.title.toLowerCase().includes(asked.url.searchParams.get('q') ?? ''))
        .map(({ id, number, title, projectSlug, status }) => ({
          kind: 'change',
          id,
          label: `#${number} ${title}`,
          projectSlug,
          state: status,
        })),
    }),
  ],
  ['GET', /^\/api\/inbox$/, (asked) => inbox(asked.state === 'empty')],
  [
    'GET',
    /^\/api\/notifications$/,
    (asked) => ({ items: asked.state === 'empty' ? [] : notifications, next: null }),
  ],
  ['GET', /^\/api\/notifications\/preferences$/, () => notificationPreferences],
  ['POST', /^\/api\/notifications\/read$/, () => ({ unread: 0 })],
  [
    'GET',
    /^\/api\/insights$/,
    (asked) => (asked.state === 'empty' ? { ...insights, workflows: [], errors: [], flaky: [] } : insights),
  ],
  ['GET', /^\/api\/runs$/, (asked) => ({ items: asked.state === 'empty' ? [] : runs, next: null })],
  ['GET', /^\/api\/runs\/([^/]+)$/, (_, id) => runDetail(id)],
  [
    'GET',
    /^\/api\/runs\/[^/]+\/artifacts$/,
    (asked) => ({ items: asked.state === 'empty' ? [] : artifacts }),
  ],
  ['POST', /^\/api\/runs\/([^/]+)\/rerun$/, (_, id) => runDetail(id)],
  ['POST', /^\/api\/runs\/([^/]+)\/(?:force-)?cancel$/, (_, id) => runDetail(id)],
  ['GET', /^\/api\/jobs\/([^/]+)\/log$/, logPage],
  ['GET', /^\/api\/jobs\/[^/]+\/egress$/, () => ({ items: egress })],
  ['GET', /^\/api\/jobs\/[^/]+\/shell$/, () => shellState],
  [
    'GET',
    /^\/api\/projects\/[^/]+\/snapshots$/,
    (asked) =>
      asked.state === 'empty'
        ? { items: [], totalBytes: 0 }
        : { items: snapshots, totalBytes: snapshots.reduce((sum, each) => sum + each.sizeBytes, 0) },
  ],
  [
    'GET',
    /^\/api\/snapshots$/,
    (asked) =>
      asked.state === 'empty'
        ? { items: [], count: 0, totalBytes: 0 }
        : {
            items: snapshots,
            count: snapshots.length,
            totalBytes: snapshots.reduce((sum, each) => sum + each.sizeBytes, 0),
          },
  ],
  ['DELETE', /^\/api\/projects\/[^/]+\/snapshots\/[^/]+$/, () => ({})],
  [
    'GET',
    /^\/api\/projects\/[^/]+\/caches$/,
    (asked) => {
      const items = asked.state === 'empty' ? [] : caches
      const totalBytes = items.reduce((sum, each) => sum + each.sizeBytes, 0)
      return { items, count: items.length, totalBytes, maxBytes: 10_240 * 1024 * 1024 }
    },
  ],
  ['DELETE', /^\/api\/projects\/[^/]+\/caches\/[^/]+$/, () => ({})],
  [
    'GET',
    /^\/api\/deployments\/[^/]+\/output$/,
    () => ({ text: 'listening on 3000\n\u001b[33mwarn\u001b[0m slow request: 340 ms' }),
  ],
]

/** The made-up answer of a route; 404 where the fixture has none. */
export function answer(asked: Asked): Response {
  const { method, url, state } = asked
  if (state === 'viewer' && closed.some((path) => path.test(url.pathname))) return refused(403, 'forbidden')
  if (state === 'viewer' && method !== 'GET') return refused(403, 'forbidden')
  if (method === 'PATCH' && url.pathname.includes('/comments/'))
    return Response.json(changeComment(url, asked.body))
  if (method === 'PATCH' && url.pathname === '/api/account') return Response.json(account)
  if (method === 'PATCH' && url.pathname.startsWith('/api/users/')) return Response.json(users[1])
  if (method === 'PATCH') return state === 'conflict' ? refused(409, 'fence') : invalid()
  for (const [handled, path, handler] of handlers) {
    const match = handled === method ? path.exec(url.pathname) : null
    if (!match) continue
    const value = handler(asked, decodeURIComponent(match[1] ?? ''))
    return value === null ? refused(404, 'not-found') : Response.json(inState(value, state, url.pathname))
  }
  return refused(404, 'not-in-fixture')
}

/** Answered in every state, so that the frame stands while the page in it breaks. */
const ofTheFrame = /^\/(health|api\/(session|inbox|system|projects|notifications))$/

/** The answer as the state draws it: many items, long words, or not what the dashboard reads. */
function inState(value: unknown, state: string, path: string): unknown {
  if (state === 'many') return multiplied(value)
  if (state === 'long' && !/\/(log|diff|session|preferences)$/.test(path)) return lengthened(value)
  if (state === 'broken' && !ofTheFrame.test(path)) return { broken: true }
  return value
}

/** What a viewer of a project may not even read. */
const closed = [/^\/api\/(users|audit|retention)/, /\/(secrets|variables|candidates|shell)$/]

function refused(status: number, code: string): Response {
  const titles: Record<number, string> = { 403: 'You may not do this', 409: 'Changed in the meantime' }
  const title = titles[status] ?? 'Not found'
  return Response.json({ type: 'about:blank', title, status, detail: `${code}.`, code }, { status })
}

function invalid(): Response {
  const errors = [{ path: 'settings.validation.port', message: 'a port is at most 65535' }]
  const body = {
    type: 'about:blank',
    title: 'Some fields are wrong',
    status: 422,
    detail: 'Nothing was saved.',
    code: 'invalid',
    errors,
  }
  return Response.json(body, { status: 422 })
}
