import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId } from '@signalbox/core/base/ids.ts'
import { type AgentBehaviour, describeAgentContract } from '@signalbox/testing/agent-contract.ts'
import { afterAll } from 'vitest'
import { createBubblewrapProvider } from '../sandbox/bubblewrap/provider.ts'
import type { Sandbox } from '../sandbox/port.ts'
import { createAcpDriver } from './acp/acp.ts'
import { createExecDriver } from './exec/exec.ts'
import { createScriptedDriver } from './scripted/scripted.ts'

const dataDir = await mkdtemp(join(tmpdir(), 'agent-'))
const fixture = await readFile(new URL('acp/acp-agent.fixture.cjs', import.meta.url))
const provider = createBubblewrapProvider({ dataDir })

afterAll(async () => {
  await rm(dataDir, { recursive: true, force: true })
})

async function sandbox(): Promise<Sandbox> {
  const created = await provider.create({
    id: `agent-${newId()}`,
    ownerId: 'agent-test',
    limits: { memoryBytes: 512 * 1024 * 1024, pids: 256, cpus: 2, diskBytes: 256 * 1024 * 1024 },
    network: { mode: 'none' },
    env: {},
    layers: [],
    detached: false,
  })
  await created.writeFile('/tmp/acp-agent.cjs', fixture)
  await created.exec(['bash', '-c', 'mkdir -p .git/objects && echo kept > .git/HEAD'])
  return created
}

/** Every process of these tests sleeps for one odd number of seconds. */
const sleeper = 'sleep 98765'

async function leftovers(inside: Sandbox): Promise<string[]> {
  let text = ''
  const script = 'for d in /proc/[0-9]*; do { tr "\\0" " " < $d/cmdline; echo; } 2>/dev/null; done'
  await inside.exec(['bash', '-c', script], {
    cwd: '/',
    onOutput: (_stream, chunk) => {
      text += Buffer.from(chunk).toString('latin1')
    },
  })
  return text.split('\n').filter((line) => line.startsWith(sleeper))
}

const commands: Record<AgentBehaviour, string> = {
  'writes made.txt and answers done': 'echo made > made.txt; echo done',
  fails: 'echo oh no >&2; exit 3',
  hangs: sleeper,
  'hangs with children in other sessions': `setsid ${sleeper} & env -i setsid bash -c '${sleeper}; true' & trap "" TERM INT; ${sleeper}; wait`,
  'leaves a daemon and ends': `env -i setsid -f ${sleeper} < /dev/null > /dev/null 2>&1; echo left`,
  'prints garbage bytes': 'head -c 200000 /dev/urandom; printf "\\0\\377\\n"',
  'prints 5 MB': 'yes "some words that are printed again and again" | head -c 5000000; echo the end',
  'deletes .git': 'rm -rf .git',
  'deletes the whole workspace': 'rm -rf /workspace/* /workspace/.[!.]*; rmdir /workspace 2>/dev/null; true',
}

function exec(behaviour: AgentBehaviour) {
  return () => ({ driver: createExecDriver(), settings: { command: commands[behaviour] } })
}

function scripted(turn: unknown) {
  const scriptText = JSON.stringify({ version: 1, goals: [{ match: 'the goal', turns: [turn] }] })
  return () => ({ driver: createScriptedDriver(), settings: { scriptText } })
}

function scriptedCommand(behaviour: AgentBehaviour) {
  return scripted({ run: ['bash', '-c', commands[behaviour]] })
}

describeAgentContract('exec in bubblewrap', {
  sandbox,
  leftovers,
  drivers: {
    'writes made.txt and answers done': exec('writes made.txt and answers done'),
    fails: exec('fails'),
    hangs: exec('hangs'),
    'hangs with children in other sessions': exec('hangs with children in other sessions'),
    'leaves a daemon and ends': exec('leaves a daemon and ends'),
    'prints garbage bytes': exec('prints garbage bytes'),
    'prints 5 MB': exec('prints 5 MB'),
    'deletes .git': exec('deletes .git'),
    'deletes the whole workspace': exec('deletes the whole workspace'),
  },
})

describeAgentContract('scripted in bubblewrap', {
  sandbox,
  leftovers,
  drivers: {
    'writes made.txt and answers done': scripted({
      say: 'done',
      edits: [{ path: 'made.txt', content: 'made' }],
    }),
    fails: scripted({ edits: [{ path: 'none.txt', delete: true }] }),
    hangs: scriptedCommand('hangs'),
    'hangs with children in other sessions': scriptedCommand('hangs with children in other sessions'),
    'leaves a daemon and ends': scriptedCommand('leaves a daemon and ends'),
    'prints garbage bytes': scriptedCommand('prints garbage bytes'),
    'prints 5 MB': scriptedCommand('prints 5 MB'),
    'deletes .git': scriptedCommand('deletes .git'),
    'deletes the whole workspace': scriptedCommand('deletes the whole workspace'),
  },
})

function acp(behaviour: string) {
  return () => ({ driver: createAcpDriver(), settings: { command: `node /tmp/acp-agent.cjs ${behaviour}` } })
}

describeAgentContract('acp in bubblewrap, a scripted agent', {
  sandbox,
  leftovers,
  drivers: {
    'writes made.txt and answers done': acp('work'),
    fails: acp('fails'),
    hangs: acp('hangs'),
    'hangs with children in other sessions': acp('stubborn'),
    'leaves a daemon and ends': acp('daemon'),
    'prints garbage bytes': acp('garbage'),
    'prints 5 MB': acp('prints'),
    'deletes .git': acp('delete_git'),
    'deletes the whole workspace': acp('delete_all'),
  },
})
