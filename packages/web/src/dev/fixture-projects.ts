import type { DeploymentView } from '@signalbox/core/contract/views/deployments.ts'
import type { ProjectCard, ProjectDetail } from '@signalbox/core/contract/views/projects.ts'
import type { SystemView } from '@signalbox/core/contract/views/system.ts'
import { before, fixtureCommit, fixtureId } from './ids.ts'

function deployment(number: number, ageSeconds: number, part: Partial<DeploymentView>): DeploymentView {
  return {
    id: fixtureId('deployment', number),
    projectId: fixtureId('project', 1),
    changeId: fixtureId('change', 4),
    runId: fixtureId('run', 25),
    environment: 'production',
    commit: fixtureCommit(number + 20),
    trigger: 'merge',
    status: 'completed',
    conclusion: 'superseded',
    reason: null,
    release: 'stopped',
    live: false,
    url: 'http://sample.localhost:3001/',
    health: { healthy: true, detail: 'HTTP 200 in 3 ms', at: before(4) },
    createdAt: before(ageSeconds),
    liveAt: before(ageSeconds - 5),
    completedAt: before(ageSeconds - 15),
    ...part,
  }
}

export const deployments: DeploymentView[] = [
  deployment(6, 20, {
    status: 'watching',
    conclusion: null,
    release: 'running',
    completedAt: null,
    liveAt: before(8),
  }),
  deployment(5, 400, {
    conclusion: 'rolled_back',
    reason:
      'Unhealthy after 4 s of traffic: HTTP 500 three times. The traffic went back to the release before.',
    health: { healthy: false, detail: 'HTTP 500', at: before(380) },
    changeId: fixtureId('change', 5),
  }),
  deployment(4, 1200, { conclusion: 'live', live: true, release: 'running' }),
  deployment(3, 9000, {}),
  deployment(2, 90000, { trigger: 'manual', changeId: null }),
  deployment(1, 190000, { release: 'removed' }),
]

export function projects(newest: ProjectCard['newestChange']): ProjectCard[] {
  const base: ProjectCard = {
    id: fixtureId('project', 1),
    slug: 'sample',
    name: 'Sample',
    forge: 'local',
    sample: true,
    defaultBranch: 'main',
    headCommit: fixtureCommit(24),
    openChanges: 8,
    newestChange: newest,
    live: deployments[2] ?? null,
    recentValidations: [true, true, false, true, true, true, false, true, true, true, true, true],
  }
  return [
    base,
    {
      ...base,
      id: fixtureId('project', 2),
      slug: 'billing-service',
      name: 'billing-service',
      sample: false,
      openChanges: 0,
      newestChange: null,
      live: null,
      recentValidations: [],
    },
  ]
}

export function projectDetail(card: ProjectCard): ProjectDetail {
  return {
    ...card,
    syncProblem: null,
    originUrl: card.sample ? null : 'https://git.example.org/team/billing-service.git',
    sync: !card.sample,
    cloneUrl: `http://127.0.0.1:3000/git/${card.slug}.git`,
    fence: 3,
    exampleGoals: card.sample ? ['Greet visitors by name', 'Answer faster by dropping the health check'] : [],
    settings: {
      environments: { production: { approvals: 1, waitMinutes: 0, branches: ['main'] } },
      actions: { allow: ['actions/*'], pinRequired: 'third-party' },
      workflows: { automatic: true, schedules: true },
      caches: { maxMb: 10_240, unusedDays: 7 },
      notifications: { kinds: ['needs_you', 'failed', 'deployed', 'merged', 'answered'] },
      autoMerge: card.sample,
      repository: {
        mergeMethod: card.sample ? 'merge' : 'squash',
        commitMessage: '',
        deleteMergedBranches: true,
        protectedBranches: card.sample
          ? []
          : [{ pattern: 'release/*', noPush: false, noForcePush: true, noDelete: true }],
        openChangesFor: ['*'],
      },
      validation: {
        installCommand: 'npm ci',
        buildCommand: '',
        testCommand: 'npm test',
        startCommand: 'npm start',
        healthCheckPath: '/health',
        port: 3000,
        environmentVariables: { NODE_ENV: 'production' },
        timeoutMinutes: 30,
        maxRetries: 3,
        snapshots: true,
        installInputs: [],
        retryBackoffSeconds: 2,
        requiredChecks: ['validate'],
      },
      agent: {
        driver: card.sample ? 'scripted' : 'exec',
        command: '',
        script: '.signalbox/agent-script.json',
        autoConfirmPlans: false,
        timeoutMinutes: 30,
        environment: {},
        models: ['anthropic', 'openai', 'gemini'],
        permissions: 'sandbox',
        permissionRules: {},
        permissionMinutes: 30,
        maxRetries: 2,
        retryBackoffSeconds: 5,
        planningStatement: '',
      },
      deployment: {
        enabled: true,
        environment: 'production',
        watchSeconds: 60,
        startTimeoutSeconds: 60,
        keepReleases: 5,
        environmentVariables: {},
      },
      sandbox: { memoryMb: 2048, pids: 512, cpus: 2, diskMb: 4096, allowHosts: ['npm-registry'] },
    },
  }
}

const yes = (how: string) => ({ enforced: true, how })

/** A system where everything is well. */
export const system: SystemView = {
  version: '0.1.0',
  node: 'v24.21.0',
  dataDir: '/home/ada/.local/share/signalbox',
  startedAt: before(90_000),
  databaseVersion: '18.4',
  databaseKind: 'embedded',
  health: {
    status: 'ok',
    version: '0.1.0',
    database: { status: 'ok', detail: 'answers in 1 ms' },
    queue: { status: 'ok', detail: '0 waiting, oldest 0 s' },
    worker: { status: 'ok', detail: '1 alive' },
    ingress: { status: 'ok', detail: 'answers on port 3001' },
    disk: { status: 'ok', detail: '41.2 GB free' },
  },
  workers: [
    {
      id: fixtureId('worker', 1),
      name: 'ada-laptop',
      pid: 4312,
      slots: 4,
      labels: [
        'self-hosted',
        'linux',
        'x64',
        'ubuntu-latest',
        'ubuntu-24.04',
        'debian-*',
        'signalbox',
        'gpu',
      ],
      group: 'builders',
      alive: true,
      startedAt: before(90_000),
      heartbeatAt: before(2),
      sandbox: [
        {
          provider: 'bubblewrap',
          available: true,
          version: '0.8.0',
          memory: yes('cgroup v2, memory.max'),
          pids: yes('cgroup v2, pids.max'),
          cpu: { enforced: false, how: 'the cpu controller is not delegated to this user' },
          disk: yes('a loop image of fixed size'),
          network: yes('a network namespace of its own; only the proxy’s socket is bound'),
          ownUser: yes('uid 20001 of a user namespace'),
          syscalls: yes('seccomp: bpf, io_uring, keyctl, userfaultfd, mounts and others are refused'),
          overlay: yes('overlayfs in the user namespace'),
        },
      ],
    },
  ],
  jobsQueued: 0,
  jobsInProgress: 1,
  ingressPort: 3001,
  routes: [{ host: 'sample.localhost', releaseId: 'sample-4', requests: 18_203, errors: 2, open: 3 }],
  limits: { maxConcurrentValidations: 5, autoCleanupHours: 24 },
}

/** The same with parts that are not well. */
export const ailingSystem: SystemView = {
  ...system,
  health: {
    ...system.health,
    status: 'degraded',
    worker: { status: 'down', detail: 'no sign of life of ada-laptop', since: before(95) },
    ingress: { status: 'degraded', detail: 'restarted 40 s ago', since: before(40) },
  },
  workers: system.workers.map((worker) => ({ ...worker, alive: false, heartbeatAt: before(95) })),
  jobsQueued: 3,
}
