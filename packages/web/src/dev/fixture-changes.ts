import type { QuestionView } from '@signalbox/core/contract/views/agents.ts'
import type { ChangeDetail, ChangeSummary } from '@signalbox/core/contract/views/changes.ts'
import { type Lamp, type Stage, stages } from '@signalbox/core/domain/strip.ts'
import { conversation, pullRequest } from './fixture-parts.ts'
import { deployments } from './fixture-projects.ts'
import { runs } from './fixture-runs.ts'
import { before, fixtureCommit, fixtureId } from './ids.ts'

function strip(at: Stage, lamp: Lamp, fixed: boolean): ChangeSummary['strip'] {
  const index = stages.indexOf(at)
  return stages.map((stage, i) => {
    if (i > index) return { stage, lamp: 'off' }
    if (i === index) return { stage, lamp }
    return { stage, lamp: stage === 'fix' && !fixed ? 'skipped' : 'clear' }
  })
}

interface Sketch {
  title: string
  status: ChangeSummary['status']
  at: Stage
  lamp: Lamp
  age: number
  conclusion?: ChangeSummary['conclusion']
  waitingFor?: ChangeSummary['waitingFor']
  reason?: string
  fixed?: boolean
}

/** Numbers run downwards from 12. */
const sketches: Sketch[] = [
  {
    title: 'Say hello in the language that the browser asks for',
    status: 'working',
    at: 'agent',
    lamp: 'moving',
    age: 12,
  },
  {
    title: 'Move the counter into its own module',
    status: 'waiting',
    at: 'agent',
    lamp: 'waiting',
    age: 95,
    waitingFor: 'plan',
    reason: 'The agent proposes a plan; a person confirms, changes or rejects it.',
  },
  {
    title: 'Run the tests on every push, too',
    status: 'waiting',
    at: 'gates',
    lamp: 'waiting',
    age: 260,
    waitingFor: 'approval',
    reason: 'It edits .github/workflows/test.yml; a person must approve that.',
  },
  {
    title: 'Show the total below the list',
    status: 'waiting',
    at: 'queue',
    lamp: 'waiting',
    age: 300,
    waitingFor: 'merge',
    reason: 'Auto-merge is off: a person presses Merge.',
  },
  {
    title: 'Upgrade the web framework to its next major version',
    status: 'waiting',
    at: 'fix',
    lamp: 'waiting',
    age: 700,
    waitingFor: 'help',
    fixed: true,
    reason: 'The same failure came twice: "Test" exits with 1.',
  },
  { title: 'Greet by the time of day', status: 'validating', at: 'validate', lamp: 'moving', age: 9 },
  { title: 'Cache the list for a minute', status: 'fixing', at: 'fix', lamp: 'moving', age: 4, fixed: true },
  {
    title: 'Answer faster by dropping the health check',
    status: 'completed',
    at: 'watch',
    lamp: 'stopped',
    age: 400,
    conclusion: 'rolled_back',
    reason: 'Unhealthy after 4 s of traffic: HTTP 500 three times. The traffic went back to a1c93fe.',
  },
  {
    title: 'Greet visitors by name',
    status: 'completed',
    at: 'watch',
    lamp: 'clear',
    age: 1200,
    conclusion: 'deployed',
    fixed: true,
  },
  {
    title: 'How is the greeting chosen?',
    status: 'completed',
    at: 'agent',
    lamp: 'clear',
    age: 9000,
    conclusion: 'answered',
  },
  {
    title: 'Delete the old styles',
    status: 'completed',
    at: 'agent',
    lamp: 'stopped',
    age: 80000,
    conclusion: 'rejected',
    reason: 'A person rejected the plan.',
  },
  { title: 'Deploy the new layout', status: 'deploying', at: 'watch', lamp: 'moving', age: 20 },
  {
    title: 'Escape what visitors type',
    status: 'working',
    at: 'agent',
    lamp: 'waiting',
    age: 30,
    waitingFor: 'permission',
    reason: 'The agent asks: Fetch https://example.org/escaping',
  },
  { title: 'Say which fields are missing', status: 'merging', at: 'merge', lamp: 'moving', age: 3 },
  {
    title: 'Name the tests after what they show',
    status: 'completed',
    at: 'merge',
    lamp: 'clear',
    age: 5000,
    conclusion: 'merged',
  },
  {
    title: 'Read the port from the environment',
    status: 'completed',
    at: 'deploy',
    lamp: 'stopped',
    age: 6000,
    conclusion: 'deploy_failed',
    reason:
      'Not healthy within 60 s: no answer at port 3000. Nothing was switched; the release before is live.',
  },
  {
    title: 'Draw the list as a table',
    status: 'completed',
    at: 'validate',
    lamp: 'skipped',
    age: 7000,
    conclusion: 'cancelled',
  },
]

export const changes: ChangeSummary[] = sketches.map((sketch, index) => ({
  id: fixtureId('change', index <= 12 ? 12 - index : index + 1),
  number: index < 12 ? 12 - index : index + 1,
  projectId: fixtureId('project', 1),
  projectSlug: 'sample',
  title: sketch.title,
  status: sketch.status,
  conclusion: sketch.conclusion ?? null,
  waitingFor: sketch.waitingFor ?? null,
  reason: sketch.reason ?? null,
  strip: strip(sketch.at, sketch.lamp, sketch.fixed ?? false),
  createdAt: before(sketch.age + 40),
  updatedAt: before(sketch.age),
}))

const allVerbs = [
  'confirm',
  'change_plan',
  'reject',
  'answer',
  'message',
  'approve',
  'merge',
  'retry',
  'cancel',
] as const

function verbs(change: ChangeSummary): ChangeDetail['verbs'] {
  const waits = change.waitingFor
  const open = change.status !== 'completed'
  const allowed = {
    confirm: waits === 'plan',
    change_plan: waits === 'plan',
    reject: waits === 'plan',
    answer: waits === 'permission',
    message: change.status === 'waiting',
    approve: waits === 'approval',
    merge: waits === 'merge',
    retry: waits === 'help' || waits === 'merge',
    cancel: open,
  }
  return allVerbs.map((verb) => ({ verb, allowed: allowed[verb] }))
}

const question: QuestionView = {
  id: fixtureId('agent', 99),
  turn: 1,
  title: 'Fetch https://example.org/escaping',
  kind: 'fetch',
  input: '{\n  "url": "https://example.org/escaping"\n}',
  diff: null,
  options: [
    { id: 'once', label: 'Allow', kind: 'allow_once' },
    { id: 'always', label: 'Allow for this session', kind: 'allow_always' },
    { id: 'no', label: 'Reject', kind: 'reject_once' },
  ],
  askedAt: before(20),
  expiresAt: new Date(Date.now() + 1_700_000).toISOString(),
}

export function changeDetail(id: string): ChangeDetail | null {
  const change = changes.find((each) => each.id === id)
  if (!change) return null
  const reached = change.strip.findLastIndex((signal) => signal.lamp !== 'off')
  const hasPull = reached >= 2
  const validated = runs.filter(
    (run) =>
      run.changeId ===
      (change.number === 12 ? '' : fixtureId('change', change.status === 'validating' ? 7 : 4)),
  )
  const green = reached >= 5
  return {
    ...change,
    goal: `${change.title}.\n\nKeep the tests green.`,
    fixAttempts: change.strip[4]?.lamp === 'skipped' ? 0 : 1,
    maxFixAttempts: 3,
    retryAt: change.status === 'fixing' ? new Date(Date.now() + 9000).toISOString() : null,
    agentRun: {
      id: fixtureId('agent', change.number),
      driver: 'scripted',
      label: 'Scripted agent',
      scripted: true,
      status: change.status === 'working' ? 'in_progress' : 'idle',
      conclusion: null,
      responseType: change.waitingFor === 'plan' ? 'plan' : 'pr',
      turn: 1,
      progress: change.status === 'working' ? 33 : 100,
      currentStep: change.status === 'working' ? 'Escape it before it is shown' : null,
      questions: change.waitingFor === 'permission' ? [question] : [],
      usage: { inputTokens: 15210, outputTokens: 840, cachedTokens: 9000, costUsd: 0.08 },
      conversation: conversation(
        change.waitingFor === 'permission'
          ? 'asking'
          : change.waitingFor === 'plan'
            ? 'plan'
            : change.status === 'working'
              ? 'start'
              : 'all',
      ),
    },
    pullRequest: hasPull ? pullRequest(change.conclusion === 'deployed', green) : null,
    runs: hasPull ? validated : [],
    evidence: hasPull
      ? [
          {
            runId: fixtureId('run', 22),
            conclusion: 'failure',
            fingerprint: 'f3a1',
            summary: '1 of 14 tests failed: "greets by name".',
            failingStep: 'Test',
            exitCode: 1,
            excerpt:
              '\u001b[31mFAIL\u001b[0m test/greeting.test.js\n  greets by name\n    expected: "Hello, Ada"\n    received: "Hello, undefined"\n      at test/greeting.test.js:12:10\n\n1 failed, 13 passed',
            createdAt: before(1240),
          },
        ]
      : [],
    gate: reached >= 5 ? gate(change) : null,
    deployment: reached >= 8 ? deploymentOf(change) : null,
    verbs: verbs(change),
  }
}

function deploymentOf(change: ChangeSummary): ChangeDetail['deployment'] {
  const [watching, back, live] = deployments
  if (change.status === 'deploying') return watching ?? null
  if (change.conclusion === 'rolled_back') return back ?? null
  if (change.conclusion !== 'deploy_failed' || !back) return live ?? null
  return { ...back, conclusion: 'failed', reason: change.reason, liveAt: null }
}

function gate(change: ChangeSummary): ChangeDetail['gate'] {
  const approval = change.waitingFor === 'approval'
  const merge = change.waitingFor === 'merge'
  return {
    decision: approval || merge ? 'wait' : 'merge',
    waitingFor: approval ? 'approval' : merge ? 'merge' : null,
    reasons: [
      { name: 'validate', state: 'green', text: `All 7 steps passed for ${fixtureCommit(24).slice(0, 7)}.` },
      approval
        ? {
            name: 'policy unchanged',
            state: 'waiting',
            text: 'It edits .github/workflows/test.yml; a person must approve that.',
          }
        : { name: 'policy unchanged', state: 'green', text: 'It edits no workflow, gate or policy.' },
      approval || merge
        ? {
            name: 'permission to merge',
            state: 'waiting',
            text: 'Auto-merge is off: a person presses Merge.',
          }
        : { name: 'permission to merge', state: 'green', text: 'Auto-merge is on for this project.' },
    ],
  }
}
