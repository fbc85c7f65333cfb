import type { ConversationEntry } from '@signalbox/core/contract/views/agents.ts'
import type { PullRequestView } from '@signalbox/core/contract/views/changes.ts'
import { before, fixtureCommit, fixtureId } from './ids.ts'

type Part = [
  turn: number,
  role: ConversationEntry['role'],
  kind: ConversationEntry['kind'],
  text: string,
  data?: Record<string, unknown>,
]

const start: Part[] = [
  [1, 'person', 'prompt', 'Greet visitors by name.\n\nKeep the tests green.'],
  [
    1,
    'agent',
    'message',
    'I read `src/greeting.js` and its test first. The name comes as the query `?name=`.',
  ],
  [
    1,
    'agent',
    'tool_call',
    'Read src/greeting.js',
    { id: 'a', title: 'Read src/greeting.js', input: 'src/greeting.js' },
  ],
  [
    1,
    'agent',
    'tool_result',
    '',
    { id: 'a', ok: true, output: 'export function greeting() {\n  return "Hello"\n}' },
  ],
]
const plan: Part[] = [
  [
    1,
    'agent',
    'plan',
    '',
    {
      entries: [
        { text: 'Take the name from the query', status: 'completed' },
        { text: 'Escape it before it is shown', status: 'in_progress' },
        { text: 'A test for a name, none, and one with markup', status: 'pending' },
      ],
    },
  ],
]
const asking: Part[] = [
  [1, 'agent', 'thought', 'The name may hold markup, so it has to be escaped before it is shown.'],
  [
    1,
    'agent',
    'tool_call',
    'Edit src/greeting.js',
    { id: 'c', title: 'Edit src/greeting.js', kind: 'edit', locations: ['src/greeting.js:1'] },
  ],
  [
    1,
    'agent',
    'tool_result',
    '',
    {
      id: 'c',
      ok: true,
      diff: 'diff --git a/src/greeting.js b/src/greeting.js\n--- a/src/greeting.js\n+++ b/src/greeting.js\n@@ -1,3 +1,3 @@\n-export function greeting() {\n-  return "Hello"\n+export function greeting(name) {\n+  return `Hello, ${escape(name)}`\n }\n',
    },
  ],
  [
    1,
    'agent',
    'tool_call',
    'Fetch the rules of escaping',
    { id: 'd', title: 'Fetch https://example.org/escaping', kind: 'fetch' },
  ],
  [1, 'agent', 'usage', '', { inputTokens: 15210, outputTokens: 840, cachedTokens: 9000, costUsd: 0.08 }],
]
const rest: Part[] = [
  [1, 'agent', 'output', 'edited src/greeting.js\nedited src/server.js'],
  [
    1,
    'agent',
    'message',
    'Done: visitors are greeted by name.\n\n- `src/greeting.js` takes a name\n- `src/server.js` passes it on',
  ],
  [1, 'agent', 'usage', '', { inputTokens: 5210, outputTokens: 840 }],
  [1, 'platform', 'end', '', { outcome: 'completed' }],
  [
    2,
    'platform',
    'prompt',
    `The validation failed at the step "Test" (exit code 1).\n${'  greets by name: expected "Hello, Ada", received "Hello, undefined"\n'.repeat(10)}`,
  ],
  [
    2,
    'agent',
    'tool_call',
    'node --test',
    { id: 'b', title: 'node --test', input: 'node --test test/greeting.test.js' },
  ],
  [2, 'agent', 'tool_result', '', { id: 'b', ok: false, output: '\u001b[31m1 failed\u001b[0m, 13 passed' }],
  [2, 'agent', 'message', 'The server passed the name under another key. **Fixed**, the test is green.'],
]

export function conversation(part: 'start' | 'plan' | 'asking' | 'all'): ConversationEntry[] {
  const parts =
    part === 'asking'
      ? [...start, ...plan, ...asking]
      : part === 'start'
        ? start
        : part === 'plan'
          ? [...start, ...plan]
          : [...start, ...plan, ...rest]
  return parts.map(([turn, role, kind, text, data], index) => ({
    turn,
    seq: index + 1,
    at: before(1280 - index * 4),
    role,
    kind,
    text,
    data: data ?? {},
  }))
}

export function pullRequest(merged: boolean, green: boolean): PullRequestView {
  return {
    number: 4,
    title: 'Greet visitors by name',
    state: merged ? 'merged' : 'open',
    headBranch: 'signalbox/4-greet-visitors-by-name',
    headCommit: fixtureCommit(41),
    baseBranch: 'main',
    baseCommit: fixtureCommit(40),
    mergeCommit: fixtureCommit(24),
    mergeTree: fixtureCommit(43),
    landedCommit: merged ? fixtureCommit(24) : null,
    branchDeleted: merged,
    checks: [
      {
        name: 'validate',
        conclusion: green ? 'success' : 'failure',
        summary: green ? 'All 7 steps passed.' : 'Test exits with 1.',
        runId: fixtureId('run', green ? 24 : 22),
        commit: fixtureCommit(24),
      },
    ],
  }
}

export const diffText = `diff --git a/src/greeting.js b/src/greeting.js
index 83db48f..bf269f4 100644
--- a/src/greeting.js
+++ b/src/greeting.js
@@ -1,4 +1,9 @@
-export function greeting() {
-  return 'Hello'
+/** What a visitor is greeted with. */
+export function greeting(name) {
+  if (!name) return 'Hello'
+  return \`Hello, \${escape(name)}\`
 }
 
+function escape(text) {
+  return text.replaceAll('<', '&lt;')
+}
diff --git a/test/greeting.test.js b/test/greeting.test.js
new file mode 100644
index 0000000..2b1c0de
--- /dev/null
+++ b/test/greeting.test.js
@@ -0,0 +1,6 @@
+import assert from 'node:assert'
+import { test } from 'node:test'
+import { greeting } from '../src/greeting.js'
+test('greets by name', () => {
+  assert.equal(greeting('Ada'), 'Hello, Ada')
+})
diff --git a/old name.txt b/new name.txt
similarity index 100%
rename from old name.txt
rename to new name.txt
diff --git a/logo.png b/logo.png
index 1234567..89abcde 100644
Binary files a/logo.png and b/logo.png differ
`
