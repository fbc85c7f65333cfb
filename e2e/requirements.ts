/** A test that shows a requirement: a file of this repository and words of a test's name in it. */
export interface Shown {
  test: string
  name: string
}

const at =
  (test: string) =>
  (name: string): Shown => ({ test, name })
const goal = (name: string): Shown => ({ test: 'e2e/goal-to-production.test.ts', name })
const agents = (name: string): Shown => ({ test: 'e2e/agents.test.ts', name })
const planned = (name: string): Shown => ({ test: 'e2e/plans-and-gates.test.ts', name })
const browser = (name: string): Shown => ({ test: 'e2e/browser/goal-to-production.test.ts', name })
const kept: Shown = {
  test: 'e2e/snapshots.test.ts',
  name: 'the second validation of a change with an unchanged lockfile installs nothing',
}
const forge = (name: string): Shown => ({ test: 'e2e/forge.test.ts', name })
const attack = (name: string): Shown => ({
  test: 'packages/engine/src/sandbox/attacks.sandbox.test.ts',
  name,
})
const runPage = (name: string): Shown => ({ test: 'e2e/browser/run-page.test.ts', name })
const firstGoal = goal('the first goal breaks a test')
const docs = at('tools/docs/docs.test.ts')
const start = at('e2e/start.test.ts')
const access = at('packages/server/src/api/access.db.test.ts')
const resources = at('packages/server/src/api/resources.db.test.ts')
const insights = at('packages/server/src/api/insights.db.test.ts')
const operations = at('e2e/operations.test.ts')
const benchmarks = at('tools/benchmarks.test.ts')
const ownWorkflow = at('tools/own-workflow.test.ts')
const diagrams = at('tools/diagrams.test.ts')
const machines = at('e2e/several-machines.test.ts')
const chaos = at('e2e/chaos.test.ts')
const frame = at('e2e/browser/frame.test.ts')

/** Requirement ids of the ledger that a person can use today, each with a test that shows it. */
export const shown: Record<string, Shown[]> = {
  A6: [firstGoal, browser('the first goal: a broken test'), resources('are listed as cards')],
  A9: [
    forge('a pushed branch becomes a change'),
    forge('a broken push waits for its person'),
    { test: 'e2e/projects.test.ts', name: 'a URL is mirrored' },
    { test: 'e2e/projects.test.ts', name: 'with sync the merge arrives there' },
  ],
  A10: [forge('a pushed branch becomes a change'), forge('deleting the branch closes its change')],
  C2: [
    firstGoal,
    agents('a cancel while the agent asks'),
    agents('the next turn goes on in the same session'),
  ],
  C3: [agents('the next turn goes on in the same session')],
  C4: [planned('a plan waits; a message is no confirmation'), planned('with auto-confirm nobody is asked')],
  C5: [firstGoal, goal('a question is answered and ends there')],
  C6: [
    agents('an agent from npm changes code'),
    {
      test: 'packages/core/src/domain/agent-progress.test.ts',
      name: 'progress is the share of the plan that is done',
    },
  ],
  C7: [firstGoal, agents('the next turn goes on in the same session')],
  C8: [agents('an agent whose model is busy is tried again')],
  C14: [
    agents('the next turn goes on in the same session'),
    agents('a question waits for a person'),
    { test: 'packages/server/src/api/live.db.test.ts', name: 'goes on from a cursor without gap or double' },
    { test: 'packages/server/src/api/live.db.test.ts', name: 'resume by header and by query without gap' },
  ],
  E1: [kept],
  E3: [
    {
      test: 'packages/server/src/worker/snapshots/snapshots.db.test.ts',
      name: 'what is too old goes, then the least recently used',
    },
    {
      test: 'packages/server/src/worker/clean-up.db.test.ts',
      name: 'only layers that no kept release names go',
    },
  ],
  E4: [firstGoal],
  E5: [kept, firstGoal, { test: 'e2e/projects.test.ts', name: 'the set-up is tried on a branch' }],
  E7: [
    { test: 'e2e/secrets.test.ts', name: 'a release gets the secrets of its environment' },
    {
      test: 'packages/core/src/workflow/make-workflows.test.ts',
      name: 'validation: only the commands that are set',
    },
  ],
  E8: [
    { test: 'packages/engine/src/actions/start-app.sandbox.test.ts', name: 'says that the port is in use' },
  ],
  E10: [
    { test: 'packages/server/src/flows/runs/start-run.db.test.ts', name: 'a validation waits for its place' },
    { test: 'packages/engine/src/job/run-job-stop.sandbox.test.ts', name: 'ends a job that takes too long' },
  ],
  E11: [
    attack('services of the host, the metadata route and the internet are out of reach'),
    attack('system calls that no job needs are refused'),
    attack('many files beyond the limit end the sandbox'),
  ],
  E9: [goal('the second goal deploys a release that turns unhealthy')],
  E13: [firstGoal, kept],
  F1: [
    { test: 'e2e/projects.test.ts', name: 'the set-up is tried on a branch' },
    resources('show jobs, and the log from a line on'),
    runPage('is a graph of its jobs, by keyboard'),
    {
      test: 'packages/server/src/api/metrics.db.test.ts',
      name: 'the page counts jobs, runs, workers, connections',
    },
  ],
  F20: [
    at('packages/server/src/flows/events/schedules.db.test.ts')('each file starts at its own times'),
    at('packages/server/src/flows/events/run-chain.db.test.ts')('a dispatch starts what waits for its type'),
  ],
  F3: [
    resources('show jobs, and the log from a line on'),
    { test: 'packages/core/src/contract/settings.test.ts', name: 'fix three times by themselves' },
    agents('the next turn goes on in the same session'),
  ],
  F2: [
    { test: 'packages/core/src/domain/machines.test.ts', name: 'starts once and completes once' },
    { test: 'packages/core/src/domain/change.test.ts', name: 'from goal to production with one fix' },
  ],
  F9: [
    insights('are made of a workflow by who may run it'),
    insights('are runs in the words of the older API'),
  ],
  F10: [insights('are runs in the words of the older API')],
  F5: [
    {
      test: 'packages/engine/src/job/steps/background.sandbox.test.ts',
      name: 'run beside the next ones, each with a log',
    },
    { test: 'packages/engine/src/job/steps/background.sandbox.test.ts', name: 'of a group run at once' },
    {
      test: 'packages/web/src/lib/log-model.test.ts',
      name: 'steps beside each other keep their lines together',
    },
  ],
  F16: [
    {
      test: 'packages/client/src/cli/here/lint.process.test.ts',
      name: 'all workflows and actions of a checkout are read',
    },
  ],
  F21: [{ test: 'e2e/guards.test.ts', name: 'a job waits until its environment is approved' }],
  F17: [runPage('is a graph of its jobs, by keyboard'), runPage('folds its groups, finds in what is folded')],
  G1: [firstGoal],
  G2: [firstGoal, resources('show conversation, pull request, gate and what may be done')],
  G9: [forge('a pushed branch becomes a change')],
  I1: [{ test: 'packages/core/src/gates/evidence.test.ts', name: 'two lines before a telling one' }],
  I3: [firstGoal],
  I4: [
    { test: 'packages/core/src/domain/change.test.ts', name: 'three attempts are all' },
    { test: 'packages/core/src/domain/change.test.ts', name: 'backs off exponentially' },
    planned('so do three attempts that fail in other ways'),
  ],
  I6: [
    machines('one that is killed loses none, and each ends once'),
    chaos('no line lost, no request unanswered'),
    benchmarks('measured by the benchmark %s'),
  ],
  I7: [goal('a stop names what it stops'), start('the next start takes everything over')],
  J1: [{ test: 'packages/core/src/gates/gates.test.ts', name: 'policy approved for an older head' }],
  J2: [firstGoal],
  J3: [forge('a pushed branch becomes a change')],
  J4: [
    firstGoal,
    { test: 'packages/server/src/flows/tell-people.db.test.ts', name: 'people are told as events come' },
  ],
  K3: [goal('the second goal deploys a release that turns unhealthy')],
  K5: [goal('the second goal deploys a release that turns unhealthy')],
  K10: [goal('a person rolls back to a kept release')],
  K12: [goal('the second goal deploys a release that turns unhealthy')],
  N2: [browser('the first goal: a broken test')],
  N3: [browser('the first goal: a broken test')],
  N7: [
    browser('the first goal: a broken test'),
    {
      test: 'packages/server/src/api/shared-log-reads.db.test.ts',
      name: 'fifty followers each get every line',
    },
  ],
  N18: [
    {
      test: 'packages/server/src/api/connections.db.test.ts',
      name: 'a person has so many live connections of both kinds',
    },
  ],
  N12: [frame('the first load in a new browser is small'), benchmarks('measured by the benchmark %s')],
  N13: [
    browser('reads well to assistive technology'),
    runPage('is a waterfall with its critical path'),
    { test: 'e2e/browser/every-page.test.ts', name: 'reads well, wide and narrow, light and dark' },
    { test: 'e2e/browser/every-page.test.ts', name: 'says what went wrong and tries again when told' },
  ],
  P3: [
    { test: 'e2e/secrets.test.ts', name: 'a job gets what its workflow names' },
    {
      test: 'packages/server/src/api/secrets.db.test.ts',
      name: 'takes values in, and gives out everything but them',
    },
  ],
  P5: [{ test: 'packages/server/src/secrets/vault.db.test.ts', name: 'rotates under a running vault' }],
  P6: [
    { test: 'e2e/secrets.test.ts', name: 'no secret stands in the database' },
    { test: 'packages/server/src/secrets/vault.db.test.ts', name: 'refuses rows that were swapped' },
  ],
  P7: [{ test: 'packages/server/src/db/migrate.db.test.ts', name: 'up, down and up again' }],
  A1: [
    { test: 'e2e/projects.test.ts', name: 'a stale fence is refused' },
    { test: 'e2e/projects.test.ts', name: 'is refused while something runs; then it stops' },
  ],
  A5: [
    { test: 'e2e/projects.test.ts', name: 'a stale fence is refused; wrong values are named' },
    { test: 'packages/server/src/flows/tell-people.db.test.ts', name: 'what the project has nobody told of' },
  ],
  E6: [{ test: 'e2e/projects.test.ts', name: 'the set-up is tried on a branch' }],
  F19: [
    {
      test: 'packages/server/src/flows/runs/rerun-run.db.test.ts',
      name: 'a run without a sign for an hour is failed',
    },
  ],
  I5: [planned('the same failure twice stops and asks')],
  N6: [
    { test: 'e2e/projects.test.ts', name: 'the set-up is tried on a branch' },
    frame('a tab has an address, and what is saved there'),
  ],
  O1: [
    { test: 'packages/server/src/flows/tell-people.db.test.ts', name: 'people are told as events come' },
    { test: 'packages/server/src/api/inbox.db.test.ts', name: 'shows what waits, the longest first' },
  ],
  P9: [{ test: 'e2e/projects.test.ts', name: 'a stale fence is refused; wrong values are named' }],
  Q2: [
    {
      test: 'packages/server/src/api/rate-limits.db.test.ts',
      name: 'a token has its own number of requests',
    },
  ],
  Q3: [{ test: 'e2e/bad-input.test.ts', name: 'too long, empty, with NUL, with HTML' }],
  Q5: [
    { test: 'packages/server/src/boot/tls-listener.test.ts', name: 'serves pages and sockets' },
    { test: 'e2e/proxies.test.ts', name: 'serve pages, sign-in, live events and git' },
  ],
  Q7: [
    { test: 'packages/server/src/api/audit.db.test.ts', name: 'keeps who changed what from where' },
    { test: 'packages/server/src/api/audit.db.test.ts', name: 'does nothing that it cannot write down' },
  ],
  R2: [
    access('%s refuses whoever is not signed in'),
    resources('are listed as cards'),
    resources('say which settings are wrong'),
  ],
  R7: [
    { test: 'packages/client/src/cli/cli.process.test.ts', name: 'a goal goes to the only project' },
    {
      test: 'packages/client/src/cli/completion/completion.test.ts',
      name: 'every visible command is offered',
    },
  ],
  N1: [{ test: 'e2e/browser/frame.test.ts', name: 'the project selector finds a project by typing' }],
  N4: [{ test: 'e2e/browser/frame.test.ts', name: 'a tab has an address, and what is saved there' }],
  N5: [{ test: 'e2e/browser/frame.test.ts', name: 'a secret is set and never shown again' }],
  P10: [
    { test: 'e2e/backup.test.ts', name: 'a backup made during work is restored' },
    { test: 'e2e/browser/frame.test.ts', name: 'a tab has an address, and what is saved there' },
  ],
  U1: [
    docs('names commands of signalbox that there are'),
    docs('leads to pages, headings and pictures that there are'),
    { test: 'e2e/docs.test.ts', name: '$file: its commands do what they say' },
  ],
  U2: [
    diagrams('architecture, data flow, states and packages are drawn'),
    diagrams('the states of a change are those of the code'),
    { test: 'tools/rooms.test.ts', name: 'every room stands, and every arrow leads to a place that stands' },
  ],
  U5: [
    ownWorkflow('fewer than 90 % of the statements of core and engine under test fail a pull request'),
    { test: 'packages/core/src/domain/change.test.ts', name: 'from goal to production with one fix' },
  ],
  U6: [firstGoal, browser('the first goal: a broken test'), chaos('no line lost, no request unanswered')],
  U7: [benchmarks('measured by the benchmark %s'), benchmarks('a missed target, or none at all')],
  U8: [
    ownWorkflow('our own engine accepts every workflow of ours'),
    ownWorkflow('each pull request is checked, tested and built'),
  ],
  U11: [start('the printed URL signs in once'), start('the next start takes everything over')],
  Q9: [attack('with egress, the proxy and nothing else is reached')],
  R1: [{ test: 'packages/server/src/api/resources.db.test.ts', name: 'says 503 in the same form' }],
  R3: [
    {
      test: 'packages/server/src/api/docs.db.test.ts',
      name: 'is of 3.1 and has every route of the contract once',
    },
    {
      test: 'packages/server/src/api/docs.db.test.ts',
      name: 'is shown by a page that works with the policy of its own answer',
    },
  ],
  P1: [
    { test: 'packages/server/src/config.test.ts', name: 'every variable says what it is for' },
    { test: 'packages/server/src/boot/config-command.test.ts', name: 'the reference of the configuration' },
  ],
  P8: [
    {
      test: 'packages/server/src/boot/external-database.process.test.ts',
      name: 'no process opens more connections than it may',
    },
    { test: 'packages/server/src/config.test.ts', name: 'the parts of an external database' },
    operations('rows move, work goes on there, and they move back'),
  ],
  Q8: [
    {
      test: 'packages/server/src/flows/retention.db.test.ts',
      name: 'what the preview says is what is deleted',
    },
  ],
  Q1: [
    {
      test: 'packages/server/src/api/jwt.db.test.ts',
      name: 'is exchanged for a token, is for no more than it, and is verified by the published keys',
    },
    {
      test: 'packages/server/src/api/jwt.db.test.ts',
      name: 'ends with what it was exchanged for, and is refused when a byte or the algorithm is another',
    },
  ],
  Q4: [
    {
      test: 'packages/server/src/api/people.db.test.ts',
      name: 'pages of listed origins may call with a token, others and cookies may not',
    },
  ],
  Q6: [
    {
      test: 'packages/server/src/api/roles.db.test.ts',
      name: 'gets through %s only when the role is enough',
    },
    {
      test: 'packages/server/src/api/roles.db.test.ts',
      name: 'show members their own and strangers nothing',
    },
  ],
  Q12: [
    {
      test: 'packages/server/src/api/sign-in.db.test.ts',
      name: 'are shown once, listed, limited, and end when they are revoked',
    },
  ],
  Q10: [
    { test: 'packages/server/src/boot/external-database.process.test.ts', name: 'is used over verified TLS' },
    { test: 'e2e/upgrade.test.ts', name: 'everything comes to its end under this version' },
  ],
  S1: [
    { test: 'packages/server/src/api/resources.db.test.ts', name: 'says 503 in the same form' },
    { test: 'e2e/outages.test.ts', name: 'is lost in the middle of work' },
    {
      test: 'packages/server/src/boot/probes.db.test.ts',
      name: 'the health of the database says how many connections are in use',
    },
  ],
  S2: [insights('tell success rate, durations and queue time')],
  S3: [insights('tell success rate, durations and queue time')],
  S4: [
    insights('tell success rate, durations and queue time'),
    resources('what stands around the first error'),
  ],
  S5: [
    { test: 'packages/server/src/boot/logger.test.ts', name: 'a line is JSON with the ids' },
    {
      test: 'packages/server/src/flows/queue-log-ids.db.test.ts',
      name: 'the id of a request follows its work',
    },
  ],
  U9: [
    { test: 'e2e/backup.test.ts', name: 'a backup made during work is restored' },
    operations('a backup leaves the bucket out, and a restore on an empty folder'),
    operations('rows move, work goes on there, and they move back'),
  ],
}

/** Ids that are not built, or not to the end: none may be claimed anywhere. */
export const open: string[] = [
  ...range('A', 12),
  ...range('B', 8),
  ...range('C', 19),
  ...range('D', 11),
  ...range('E', 13),
  ...range('F', 21),
  ...range('G', 11),
  ...range('H', 8),
  ...range('I', 7),
  ...range('J', 6),
  ...range('K', 12),
  ...range('L', 5),
  ...range('M', 4),
  ...range('N', 18),
  ...range('O', 5),
  ...range('P', 10),
  ...range('Q', 13),
  ...range('R', 8),
  ...range('S', 9),
  ...range('T', 4),
  ...range('U', 12),
].filter((id) => !(id in shown))

function range(letter: string, last: number): string[] {
  return Array.from({ length: last }, (_, index) => `${letter}${index + 1}`)
}
