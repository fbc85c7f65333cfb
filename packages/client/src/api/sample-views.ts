import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import type { ChangeDetail } from '@signalbox/core/contract/views/changes.ts'
import type { DeploymentView } from '@signalbox/core/contract/views/deployments.ts'
import type { ProjectDetail } from '@signalbox/core/contract/views/projects.ts'
import type { RunDetail } from '@signalbox/core/contract/views/runs.ts'
import { stages } from '@signalbox/core/domain/strip.ts'

/** For tests of the client only: answers in the contract's shape, with what matters to the test put in. */
const at = '2026-01-02T03:04:05.000Z'
export const ids = {
  project: '00000000-0000-7000-8000-000000000001',
  change: '00000000-0000-7000-8000-000000000002',
  run: '00000000-0000-7000-8000-000000000003',
  job: '00000000-0000-7000-8000-000000000004',
  deployment: '00000000-0000-7000-8000-000000000005',
} as const

/** A project called shop. */
export function sampleProject(over: Partial<ProjectDetail> = {}): ProjectDetail {
  return {
    id: ids.project,
    slug: 'shop',
    name: 'Shop',
    forge: 'local',
    sample: false,
    defaultBranch: 'main',
    headCommit: 'a'.repeat(40),
    openChanges: 1,
    newestChange: null,
    live: null,
    recentValidations: [true, false],
    originUrl: null,
    syncProblem: null,
    sync: false,
    settings: ProjectSettings.parse({}),
    exampleGoals: [],
    cloneUrl: 'http://127.0.0.1:3000/git/shop.git',
    fence: 7,
    ...over,
  }
}

/** Change #12 of shop, at work. */
export function sampleChange(over: Partial<ChangeDetail> = {}): ChangeDetail {
  return {
    id: ids.change,
    number: 12,
    projectId: ids.project,
    projectSlug: 'shop',
    title: 'Say hello',
    status: 'working',
    conclusion: null,
    waitingFor: null,
    reason: null,
    strip: stages.map((stage, index) => ({
      stage,
      lamp: index === 0 ? 'clear' : index === 1 ? 'moving' : 'off',
    })),
    createdAt: at,
    updatedAt: at,
    goal: 'Say hello',
    fixAttempts: 0,
    maxFixAttempts: 3,
    retryAt: null,
    agentRun: null,
    pullRequest: null,
    runs: [],
    evidence: [],
    gate: null,
    deployment: null,
    verbs: [],
    ...over,
  }
}

/** Run #31 of shop with one job of two steps. */
export function sampleRun(over: Partial<RunDetail> = {}): RunDetail {
  const step = {
    status: 'completed' as const,
    outcome: 'success' as const,
    conclusion: 'success' as const,
    exitCode: 0,
    reason: null,
    startedAt: at,
    completedAt: at,
  }
  return {
    id: ids.run,
    number: 31,
    projectId: ids.project,
    projectSlug: 'shop',
    changeId: ids.change,
    kind: 'validation',
    name: 'Validate',
    commit: 'b'.repeat(40),
    ref: 'refs/heads/main',
    status: 'completed',
    conclusion: 'success',
    reason: null,
    createdAt: at,
    startedAt: at,
    completedAt: at,
    workflowFile: '.signalbox/workflows/validate.yml',
    workflowText: 'name: Validate\n',
    workflowSource: 'generated',
    jobs: [
      {
        id: ids.job,
        key: 'validate',
        name: 'validate',
        needs: [],
        status: 'completed',
        conclusion: 'success',
        attempt: 1,
        reason: null,
        startedAt: at,
        completedAt: at,
        steps: [
          { ...step, number: 1, name: 'Install' },
          { ...step, number: 2, name: 'Test' },
        ],
      },
    ],
    ...over,
  }
}

/** A deployment of shop that is live. */
export function sampleDeployment(over: Partial<DeploymentView> = {}): DeploymentView {
  return {
    id: ids.deployment,
    projectId: ids.project,
    changeId: null,
    runId: null,
    environment: 'production',
    commit: 'c'.repeat(40),
    trigger: 'merge',
    status: 'completed',
    conclusion: 'live',
    reason: null,
    release: 'running',
    live: true,
    url: 'http://shop.localhost:3001',
    health: null,
    createdAt: at,
    liveAt: at,
    completedAt: at,
    ...over,
  }
}
