import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { call } from './api.ts'
import { keepCsrfToken } from './session.ts'

/** Reads of the API by cache key; `keysFor` in cache.ts names the same keys. */
export const queries = {
  session: () =>
    queryOptions({
      queryKey: ['session'],
      queryFn: async ({ signal }) => {
        const session = await call('getSession', {}, signal)
        keepCsrfToken(session.csrfToken)
        return session
      },
    }),
  doctor: () =>
    queryOptions({
      queryKey: ['doctor'],
      queryFn: ({ signal }) => call('getDoctor', {}, signal),
      staleTime: 60_000,
      retry: false,
    }),
  retention: () =>
    queryOptions({ queryKey: ['retention'], queryFn: ({ signal }) => call('getRetention', {}, signal) }),
  projectRetention: (project: string) =>
    queryOptions({
      queryKey: ['project', project, 'retention'],
      queryFn: ({ signal }) => call('getProjectRetention', { params: { project } }, signal),
    }),
  account: () =>
    queryOptions({ queryKey: ['account'], queryFn: ({ signal }) => call('getAccount', {}, signal) }),
  sessions: () =>
    queryOptions({
      queryKey: ['account', 'sessions'],
      queryFn: async ({ signal }) => (await call('listSessions', {}, signal)).items,
    }),
  tokens: () =>
    queryOptions({
      queryKey: ['account', 'tokens'],
      queryFn: async ({ signal }) => (await call('listTokens', {}, signal)).items,
    }),
  users: () =>
    queryOptions({
      queryKey: ['users'],
      queryFn: async ({ signal }) => (await call('listUsers', {}, signal)).items,
    }),
  members: (project: string) =>
    queryOptions({
      queryKey: ['members', project],
      queryFn: async ({ signal }) => (await call('listMembers', { params: { project } }, signal)).items,
    }),
  candidates: (project: string) =>
    queryOptions({
      queryKey: ['members', project, 'candidates'],
      queryFn: async ({ signal }) => (await call('listCandidates', { params: { project } }, signal)).items,
    }),
  health: () =>
    queryOptions({
      queryKey: ['health'],
      queryFn: ({ signal }) => call('health', {}, signal),
      refetchInterval: 5000,
    }),
  system: () =>
    queryOptions({
      queryKey: ['system'],
      queryFn: ({ signal }) => call('getSystem', {}, signal),
      // Health and counts are measured, not announced: events do not cover them.
      refetchInterval: 5000,
    }),
  projects: () =>
    queryOptions({
      queryKey: ['projects'],
      queryFn: async ({ signal }) => (await call('listProjects', {}, signal)).items,
    }),
  project: (project: string) =>
    queryOptions({
      queryKey: ['project', project],
      queryFn: ({ signal }) => call('getProject', { params: { project } }, signal),
    }),
  workflow: (project: string) =>
    queryOptions({
      queryKey: ['project', project, 'workflow'],
      queryFn: ({ signal }) => call('getValidationWorkflow', { params: { project } }, signal),
    }),
  workflowFiles: (project: string, branch?: string) =>
    queryOptions({
      // Under the project, so that a push to it renews this too.
      queryKey: ['project', project, 'workflow-files', branch ?? ''],
      queryFn: async ({ signal }) =>
        (await call('listWorkflows', { params: { project }, query: { branch } }, signal)).items,
      staleTime: 5000,
    }),
  branches: (project: string) =>
    queryOptions({
      queryKey: ['project', project, 'branches'],
      queryFn: ({ signal }) => call('listBranches', { params: { project } }, signal),
      staleTime: 5000,
    }),
  secrets: (project: string) =>
    queryOptions({
      queryKey: ['project', project, 'secrets'],
      queryFn: ({ signal }) => call('listSecrets', { params: { project } }, signal),
    }),
  variables: (project: string) =>
    queryOptions({
      queryKey: ['project', project, 'secrets', 'variables'],
      queryFn: ({ signal }) => call('listVariables', { params: { project } }, signal),
    }),
  changes: (filter: { project?: string; open?: 'true' }) =>
    queryOptions({
      queryKey: ['changes', filter],
      queryFn: ({ signal }) => call('listChanges', { query: { ...filter, limit: 200 } }, signal),
    }),
  changePages: (filter: { project?: string }) =>
    infiniteQueryOptions({
      queryKey: ['changes', filter, 'pages'],
      queryFn: ({ signal, pageParam }) =>
        call('listChanges', { query: { ...filter, limit: 100, before: pageParam } }, signal),
      initialPageParam: '',
      getNextPageParam: (page) => page.next,
    }),
  auditPages: (q: string) =>
    infiniteQueryOptions({
      queryKey: ['audit', q],
      queryFn: ({ signal, pageParam }) =>
        call('listAudit', { query: { ...(q ? { q } : {}), limit: 50, before: pageParam } }, signal),
      initialPageParam: undefined as number | undefined,
      getNextPageParam: (page) => page.next,
      staleTime: 5000,
    }),
  search: (q: string) =>
    queryOptions({
      queryKey: ['search', q],
      queryFn: ({ signal }) => call('search', { query: { q } }, signal),
      staleTime: 5000,
      gcTime: 60_000,
    }),
  inbox: () => queryOptions({ queryKey: ['inbox'], queryFn: ({ signal }) => call('getInbox', {}, signal) }),
  newestNotifications: () =>
    queryOptions({
      queryKey: ['inbox', 'newest'],
      queryFn: ({ signal }) => call('listNotifications', { query: { limit: 10 } }, signal),
    }),
  notificationPages: () =>
    infiniteQueryOptions({
      queryKey: ['inbox', 'pages'],
      queryFn: ({ signal, pageParam }) =>
        call('listNotifications', { query: { limit: 50, before: pageParam } }, signal),
      initialPageParam: undefined as number | undefined,
      getNextPageParam: (page) => page.next,
    }),
  notificationPreferences: () =>
    queryOptions({
      queryKey: ['inbox', 'preferences'],
      queryFn: ({ signal }) => call('getNotificationPreferences', {}, signal),
    }),
  change: (change: string) =>
    queryOptions({
      queryKey: ['change', change],
      queryFn: ({ signal }) => call('getChange', { params: { change } }, signal),
      // A release's health is measured, not announced.
      refetchInterval: ({ state: { data } }) => (data?.deployment?.live ? 5000 : false),
    }),
  diff: (change: string) =>
    queryOptions({
      queryKey: ['diff', change],
      queryFn: ({ signal }) => call('getChangeDiff', { params: { change } }, signal),
    }),
  comments: (change: string) =>
    queryOptions({
      queryKey: ['comments', change],
      queryFn: async ({ signal }) => (await call('listComments', { params: { change } }, signal)).items,
    }),
  runs: (filter: { project?: string }) =>
    queryOptions({
      queryKey: ['runs', filter],
      queryFn: ({ signal }) => call('listRuns', { query: { ...filter, limit: 100 } }, signal),
    }),
  runPages: (filter: { project?: string }) =>
    infiniteQueryOptions({
      queryKey: ['runs', filter, 'pages'],
      queryFn: ({ signal, pageParam }) =>
        call('listRuns', { query: { ...filter, limit: 100, before: pageParam } }, signal),
      initialPageParam: '',
      getNextPageParam: (page) => page.next,
    }),
  run: (run: string) =>
    queryOptions({
      queryKey: ['run', run],
      queryFn: ({ signal }) => call('getRun', { params: { run } }, signal),
    }),
  artifacts: (run: string) =>
    queryOptions({
      // Under the run, so that its events renew this too.
      queryKey: ['run', run, 'artifacts'],
      queryFn: async ({ signal }) => (await call('listArtifacts', { params: { run } }, signal)).items,
    }),
  shell: (job: string) =>
    queryOptions({
      queryKey: ['shell', job],
      queryFn: ({ signal }) => call('getShell', { params: { job } }, signal),
      staleTime: 5000,
      retry: false,
      // How a shell ends is told to its own page only.
      refetchInterval: ({ state: { data } }) => (data?.last && data.last.endedAt === null ? 3000 : false),
    }),
  insights: (query: { project: string | undefined; days: number }) =>
    queryOptions({
      queryKey: ['insights', query],
      queryFn: ({ signal }) => call('getInsights', { query }, signal),
      staleTime: 30_000,
    }),
  snapshots: (project: string) =>
    queryOptions({
      queryKey: ['snapshots', project],
      queryFn: ({ signal }) => call('listSnapshots', { params: { project } }, signal),
      // Uses are counted, not announced.
      refetchInterval: 10_000,
    }),
  caches: (project: string) =>
    queryOptions({
      queryKey: ['caches', project],
      queryFn: ({ signal }) => call('listCaches', { params: { project } }, signal),
      // Uses are counted, not announced.
      refetchInterval: 10_000,
    }),
  allSnapshots: () =>
    queryOptions({
      queryKey: ['snapshots', '', 'all'],
      queryFn: ({ signal }) => call('listAllSnapshots', {}, signal),
      refetchInterval: 10_000,
    }),
  egress: (job: string, live: boolean) =>
    queryOptions({
      queryKey: ['egress', job],
      queryFn: async ({ signal }) => (await call('listEgress', { params: { job } }, signal)).items,
      refetchInterval: live ? 2000 : false,
      staleTime: 1000,
    }),
  deployments: (project: string) =>
    queryOptions({
      queryKey: ['deployments', project],
      queryFn: async ({ signal }) => (await call('listDeployments', { params: { project } }, signal)).items,
      refetchInterval: 5000,
    }),
  output: (deployment: string, live: boolean) =>
    queryOptions({
      queryKey: ['deployments', 'output', deployment],
      queryFn: async ({ signal }) =>
        (await call('getReleaseOutput', { params: { deployment } }, signal)).text,
      refetchInterval: live ? 3000 : false,
    }),
}
