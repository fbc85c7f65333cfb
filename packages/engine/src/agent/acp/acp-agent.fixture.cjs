'use strict'
/**
 * A scripted agent that speaks ACP v1, for tests: no model, no network. Its first argument names what it does;
 * sessions are kept in $HOME/acp-fixture.json. It is run by the sandbox's Node as one file without imports.
 */
const { execFileSync, spawn } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const behaviour = process.argv[2] ?? 'echo'
const store = path.join(process.env.HOME, 'acp-fixture.json')
const sessions = fs.existsSync(store) ? JSON.parse(fs.readFileSync(store, 'utf8')) : {}
const waiting = new Map()
let nextId = 1
let cancel = () => {}

function send(message) {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
}

function ask(method, params) {
  const id = `a${nextId++}`
  send({ id, method, params })
  return new Promise((resolve) => waiting.set(id, resolve))
}

function tell(sessionId, update) {
  send({ method: 'session/update', params: { sessionId, update } })
}

function say(sessionId, text, messageId) {
  tell(sessionId, { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text }, messageId })
}

const options = [
  { optionId: 'yes', name: 'Allow', kind: 'allow_once' },
  { optionId: 'always', name: 'Always allow', kind: 'allow_always' },
  { optionId: 'no', name: 'Reject', kind: 'reject_once' },
]

const modes = {
  currentModeId: 'default',
  availableModes: [
    { id: 'default', name: 'Default' },
    { id: 'plan', name: 'Plan' },
    { id: 'bypassPermissions', name: 'Bypass' },
  ],
}

const behaviours = {
  /** Says what it was told, in which mode, and what it remembers. */
  echo(id, text) {
    say(id, JSON.stringify({ text, mode: sessions[id].mode, remembers: sessions[id].prompts }))
  },
  work(id) {
    tell(id, { sessionUpdate: 'agent_thought_chunk', content: { type: 'text', text: 'I think ' } })
    tell(id, { sessionUpdate: 'agent_thought_chunk', content: { type: 'text', text: 'about it.' } })
    const plan = (one, two) =>
      tell(id, {
        sessionUpdate: 'plan',
        entries: [
          { content: 'Make the file', status: one, priority: 'high' },
          { content: 'Say so', status: two, priority: 'low' },
        ],
      })
    plan('in_progress', 'pending')
    const toolCallId = 'call-1'
    tell(id, { sessionUpdate: 'tool_call', toolCallId, title: 'Write', kind: 'edit', status: 'pending' })
    tell(id, {
      sessionUpdate: 'tool_call_update',
      toolCallId,
      title: 'Write made.txt',
      status: 'in_progress',
      locations: [{ path: '/workspace/made.txt', line: 1 }],
      rawInput: { path: 'made.txt' },
    })
    fs.writeFileSync('/workspace/made.txt', 'made\n')
    tell(id, {
      sessionUpdate: 'tool_call_update',
      toolCallId,
      status: 'completed',
      content: [{ type: 'diff', path: '/workspace/made.txt', oldText: null, newText: 'made\n' }],
    })
    plan('completed', 'completed')
    tell(id, {
      sessionUpdate: 'usage_update',
      used: 100,
      size: 1000,
      cost: { amount: sessions[id].prompts.length * 0.25, currency: 'USD' },
    })
    for (const part of ['do', 'ne']) say(id, part, 'm1')
    const turns = sessions[id].prompts.length
    return {
      usage: {
        totalTokens: 30 * turns,
        inputTokens: 20 * turns,
        outputTokens: 10 * turns,
        cachedReadTokens: 5 * turns,
      },
    }
  },
  async permission(id) {
    const answers = []
    for (const [kind, title] of [
      ['execute', 'Run the tests'],
      ['fetch', 'Open example.org'],
    ]) {
      // Without a tool_call before it, as some agents do.
      const toolCall = { toolCallId: `p-${kind}`, title, kind, status: 'pending', rawInput: { kind } }
      const { outcome } = await ask('session/request_permission', { sessionId: id, toolCall, options })
      answers.push(outcome.optionId ?? outcome.outcome)
      tell(id, { sessionUpdate: 'tool_call_update', toolCallId: `p-${kind}`, status: 'completed' })
    }
    say(id, answers.join(' '))
  },
  fails() {
    throw { code: -32603, message: 'Internal error', data: { details: 'the model said no, with status 400' } }
  },
  busy() {
    throw { code: -32603, message: '429 Too Many Requests' }
  },
  /** Fails as if its model were busy, and goes well the second time. */
  flaky(id) {
    if (sessions[id].prompts.length === 1) throw { code: -32603, message: '503 the model is overloaded' }
    say(id, `went on: ${sessions[id].prompts.at(-1)}`)
  },
  crash() {
    process.stderr.write('the agent met its end\n')
    process.exit(9)
  },
  refuses: () => ({ stopReason: 'refusal' }),
  hangs() {
    spawn('sleep', ['98765'], { stdio: 'ignore' })
    return new Promise((resolve) => {
      cancel = () => resolve({ stopReason: 'cancelled' })
    })
  },
  stubborn() {
    spawn('setsid', ['sleep', '98765'], { stdio: 'ignore', detached: true, env: {} })
    spawn('bash', ['-c', 'trap "" TERM INT; sleep 98765; true'], { stdio: 'ignore', detached: true })
    spawn('sleep', ['98765'], { stdio: 'ignore' })
    return new Promise(() => {})
  },
  daemon(id) {
    spawn('setsid', ['-f', 'sleep', '98765'], { stdio: 'ignore', detached: true, env: {} }).unref()
    say(id, 'left')
  },
  garbage(id) {
    process.stdout.write(execFileSync('head', ['-c', '200000', '/dev/urandom'], { maxBuffer: 1e6 }))
    process.stdout.write('\n\0{"jsonrpc": broken\n[1,2]\n{"no":"rpc"}\n')
    send({ method: 'session/update', params: { sessionId: id, update: { sessionUpdate: 'unheard_of' } } })
    send({ method: 'session/update', params: 7 })
    send({
      method: 'session/update',
      params: { sessionId: id, update: { sessionUpdate: 'plan', entries: 'none' } },
    })
    send({ id: 'x1', method: 'fs/read_text_file', params: { sessionId: id, path: '/etc/passwd' } })
    send({ id: 'x2', method: 'session/request_permission', params: { sessionId: id } })
    send({ id: 'nobody asked', result: {} })
    say(id, 'still here\0\ud800')
  },
  async flood(id) {
    for (let n = 0; n < 5000; n++) {
      tell(id, { sessionUpdate: 'tool_call', toolCallId: `t${n}`, title: `Call ${n}`, status: 'completed' })
      if (!process.stdout.write('')) await new Promise((resolve) => process.stdout.once('drain', resolve))
    }
    say(id, 'the end')
  },
  /** 5 MB of words that are no message. */
  prints(id) {
    process.stdout.write('some words that are printed again and again\n'.repeat(115_000))
    say(id, 'the end')
  },
  delete_git(id) {
    fs.rmSync('/workspace/.git', { recursive: true, force: true })
    say(id, 'gone')
  },
  delete_all(id) {
    for (const name of fs.readdirSync('/workspace')) fs.rmSync(`/workspace/${name}`, { recursive: true })
    say(id, 'gone')
  },
  environment(id) {
    say(id, JSON.stringify(process.env))
  },
}

const requests = {
  initialize: () => ({
    protocolVersion: behaviour === 'version' ? 7 : 1,
    agentCapabilities: { loadSession: behaviour !== 'forgetful' },
    authMethods: [{ id: 'by-key', name: 'API key' }],
  }),
  authenticate() {
    sessions.signedIn = true
    return {}
  },
  'session/new'() {
    if (behaviour === 'locked' && !sessions.signedIn)
      throw { code: -32000, message: 'Authentication required' }
    const sessionId = `s${process.pid}-${Date.now()}`
    sessions[sessionId] = { mode: 'default', prompts: [] }
    say(sessionId, 'Warning: an adapter says this before it was asked anything.')
    return { sessionId, modes }
  },
  'session/load'({ sessionId }) {
    if (!sessions[sessionId]) throw { code: -32002, message: 'No such session' }
    const replay = () => {
      for (const text of sessions[sessionId].prompts) {
        tell(sessionId, { sessionUpdate: 'user_message_chunk', content: { type: 'text', text } })
        say(sessionId, `replayed ${text}`)
      }
    }
    replay()
    // As seen of a real agent: the replay goes on after the load was answered.
    setTimeout(replay, 100)
    return { modes: { ...modes, currentModeId: sessions[sessionId].mode } }
  },
  'session/set_mode'({ sessionId, modeId }) {
    sessions[sessionId].mode = modeId
    return {}
  },
  async 'session/prompt'({ sessionId, prompt }) {
    const text = prompt[0].text
    sessions[sessionId].prompts.push(text)
    fs.writeFileSync(store, JSON.stringify(sessions))
    const act = behaviours[behaviour] ?? behaviours.echo
    return { stopReason: 'end_turn', ...(await act(sessionId, text)) }
  },
}

async function receive(message) {
  if (message.method === 'session/cancel') return cancel()
  if (message.method === undefined) {
    waiting.get(message.id)?.(message.result ?? {})
    return
  }
  try {
    const act = requests[message.method]
    if (!act) throw { code: -32601, message: 'Method not found' }
    send({ id: message.id, result: await act(message.params) })
  } catch (error) {
    send({ id: message.id, error: { code: error.code ?? -32603, message: error.message, data: error.data } })
  }
}

if (behaviour === 'silent') setInterval(() => {}, 1000)
else {
  process.stdout.write('A banner before the first message\n')
  let text = ''
  process.stdin.on('data', (chunk) => {
    text += chunk
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n')) {
      const line = text.slice(0, end)
      text = text.slice(end + 1)
      if (line.trim()) void receive(JSON.parse(line))
    }
  })
  process.stdin.on('end', () => process.exit(0))
}
