import type { ExecResult } from '../../sandbox/port.ts'
import { OutputCollector } from '../output.ts'
import type { AgentDriver, AgentTurn, AgentTurnResult } from '../port.ts'
import { endNewProcesses, listProcesses } from '../sweep.ts'

/** Outside the workspace, so that none of it ends in a commit. */
const goalFile = '/tmp/signalbox-goal.md'
const historyFile = '/tmp/signalbox-history.json'
const answerFile = '/tmp/signalbox-answer.txt'
const maxAnswerBytes = 256 * 1024

/**
 * Any command as an agent: `settings.command` runs with bash in /workspace. It finds what is asked in
 * SIGNALBOX_GOAL_FILE, the conversation in SIGNALBOX_HISTORY_FILE (JSON: `[{role, text}]`), SIGNALBOX_MODE
 * (`plan` or `work`) and SIGNALBOX_TURN, and may write its answer to SIGNALBOX_ANSWER_FILE; else the last lines
 * of its stdout are the answer. Exit code 0 is completed. Failed when the command is empty.
 */
export function createExecDriver(): AgentDriver {
  return { name: 'exec', label: 'Command', scripted: false, run }
}

async function run(turn: AgentTurn): Promise<AgentTurnResult> {
  const command = turn.settings['command']?.trim() ?? ''
  if (command === '') {
    return failed(
      'The project\'s setting "agent.command" is empty: it names the command that the exec agent runs.',
    )
  }
  if (turn.signal.aborted) return { outcome: 'cancelled', answer: '', reason: 'Cancelled before it began.' }
  const output = new OutputCollector(turn.onEvent)
  const broken = new AbortController()
  let lost: unknown
  const before = await prepare(turn)
  const result = await turn.sandbox.exec(['bash', '-c', command], {
    cwd: '/workspace',
    env: {
      ...turn.env,
      SIGNALBOX_GOAL_FILE: goalFile,
      SIGNALBOX_HISTORY_FILE: historyFile,
      SIGNALBOX_ANSWER_FILE: answerFile,
      SIGNALBOX_MODE: turn.mode,
      SIGNALBOX_TURN: String(turn.turn),
    },
    timeoutMs: turn.timeoutMs,
    signal: AbortSignal.any([turn.signal, broken.signal]),
    // When events cannot be stored the agent must not go on unseen; the error is ours and is thrown below.
    onOutput: async (stream, chunk) => {
      if (lost) return
      await output.take(stream, chunk).catch((error) => {
        lost = error
        broken.abort()
      })
    },
  })
  const remaining = await endNewProcesses(turn.sandbox, before)
  if (lost) throw lost
  await output.end()
  const answer = (await readAnswer(turn)) ?? output.tail()
  if (remaining > 0) return failed(`${remaining} processes of the agent could not be ended.`, answer)
  return conclude(result, answer, turn.timeoutMs)
}

async function prepare(turn: AgentTurn): Promise<ReadonlySet<string>> {
  await turn.sandbox.exec(['rm', '-rf', '--', goalFile, historyFile, answerFile], {
    cwd: '/',
    timeoutMs: 10_000,
  })
  await turn.sandbox.writeFile(goalFile, turn.prompt)
  await turn.sandbox.writeFile(historyFile, JSON.stringify(turn.history))
  return await listProcesses(turn.sandbox)
}

/** An answer file that is a link, a folder or too large counts as none. */
async function readAnswer(turn: AgentTurn): Promise<string | undefined> {
  const bytes = await turn.sandbox.readFile(answerFile, { maxBytes: maxAnswerBytes }).catch(() => undefined)
  const text = bytes && Buffer.from(bytes).toString('utf8').replaceAll('\0', '\uFFFD').trim()
  return text === '' ? undefined : text
}

function failed(reason: string, answer = ''): AgentTurnResult {
  return { outcome: 'failed', answer, reason }
}

/** How the command's end reads as the end of a turn. */
export function conclude(result: ExecResult, answer: string, timeoutMs: number): AgentTurnResult {
  switch (result.killedBy) {
    case 'cancel':
      return { outcome: 'cancelled', answer, reason: 'Cancelled; its processes have ended.' }
    case 'timeout':
      return {
        outcome: 'timed_out',
        answer,
        reason: `The command did not end within ${Math.round(timeoutMs / 1000)} s.`,
      }
    case 'oom':
      return failed('The command used more memory than its sandbox may.', answer)
    case 'disk':
      return failed('The command wrote more than its sandbox may hold.', answer)
    case 'sandbox-lost':
      return failed('The sandbox ended while the command ran.', answer)
    case undefined:
      break
  }
  if (result.code === 0) return { outcome: 'completed', answer }
  if (result.code === null) return failed(`The command was ended by ${result.signal ?? 'a signal'}.`, answer)
  return failed(`The command exited with code ${result.code}.`, answer)
}
