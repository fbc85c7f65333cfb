import { type ClientContext, PROTOCOL_VERSION, RequestError } from '@agentclientprotocol/sdk'
import { Failure } from '@signalbox/core/base/failure.ts'
import { z } from 'zod'
import type { AgentTurn } from '../port.ts'

const cwd = '/workspace'

const Initialized = z.object({
  protocolVersion: z.number(),
  agentCapabilities: z.object({ loadSession: z.boolean().optional().catch(false) }).nullish(),
  authMethods: z
    .array(z.object({ id: z.string(), name: z.string() }))
    .nullish()
    .catch(null),
})
type Initialized = z.infer<typeof Initialized>

const Choice = z.object({ value: z.string(), name: z.string() })
const Opened = z.object({
  sessionId: z.string().optional(),
  modes: z
    .object({ currentModeId: z.string(), availableModes: z.array(z.object({ id: z.string() })) })
    .nullish()
    .catch(null),
  configOptions: z
    .array(
      z.object({
        id: z.string(),
        category: z.string().nullish(),
        currentValue: z.unknown(),
        options: z.array(z.union([Choice, z.object({ options: z.array(Choice) })])).optional(),
      }),
    )
    .nullish()
    .catch(null),
})
type Opened = z.infer<typeof Opened>

/** A session that is ready for a prompt. */
export interface OpenSession {
  id: string
  /** The agent remembers the conversation; else it must be told. */
  resumed: boolean
}

/** JSON-RPC error of ACP: the agent wants `authenticate` first. */
const authRequired = -32_000

/**
 * Greets the agent, takes up the session of the turn before where it can, and puts it into the mode that is
 * asked for, where it has modes. No file system and no terminal are offered: the agent has its own in the sandbox.
 */
export async function openSession(agent: ClientContext, turn: AgentTurn): Promise<OpenSession> {
  const initialized = Initialized.parse(
    await agent.request('initialize', {
      protocolVersion: PROTOCOL_VERSION,
      clientInfo: { name: 'signalbox', title: 'Signalbox', version: '1' },
      clientCapabilities: {
        fs: { readTextFile: false, writeTextFile: false },
        terminal: false,
        session: { notices: {} },
      },
    }),
  )
  if (initialized.protocolVersion !== PROTOCOL_VERSION) {
    throw new Failure(
      'agent-protocol',
      `The agent speaks version ${initialized.protocolVersion} of ACP; Signalbox speaks ${PROTOCOL_VERSION}.`,
    )
  }
  const before = turn.session
  if (before && initialized.agentCapabilities?.loadSession) {
    const params = { sessionId: before.id, cwd, mcpServers: [] }
    const opened = await withAuthentication(agent, initialized, () => agent.request('session/load', params))
      .then((answer) => Opened.parse(answer ?? {}))
      .catch((error: unknown) => {
        if (error instanceof RequestError) return undefined
        throw error
      })
    if (opened) {
      await chooseMode(agent, before.id, opened, turn.mode)
      return { id: before.id, resumed: true }
    }
  }
  const params = { cwd, mcpServers: [] }
  const opened = Opened.parse(
    await withAuthentication(agent, initialized, () => agent.request('session/new', params)),
  )
  if (!opened.sessionId) throw new Failure('agent-protocol', 'The agent opened a session without an id.')
  await chooseMode(agent, opened.sessionId, opened, turn.mode)
  return { id: opened.sessionId, resumed: false }
}

/** Keys come from the environment and the broker, so of the ways to sign in only those by a key can work. */
async function withAuthentication(
  agent: ClientContext,
  { authMethods }: Initialized,
  work: () => Promise<unknown>,
): Promise<unknown> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof RequestError) || error.code !== authRequired) throw error
    const offered = authMethods ?? []
    const method = offered.find(({ id, name }) => /api.?key/i.test(`${id} ${name}`))
    if (!method) {
      const names = offered.map(({ name }) => name).join(', ')
      throw new Failure(
        'agent-sign-in',
        `The agent wants somebody to sign in${names ? ` (${names})` : ''}; here it must work with a key from its environment. ${error.message}`,
      )
    }
    await agent.request('authenticate', { methodId: method.id })
    return await work()
  }
}

/** Modes in which an agent only plans, by the names that agents give them. */
const planLike = /plan|architect|read.?only/i
/** Modes in which an agent asks nobody. */
const unbound = /bypass|yolo|full.?access|dont.?ask/i

async function chooseMode(
  agent: ClientContext,
  sessionId: string,
  opened: Opened,
  mode: AgentTurn['mode'],
): Promise<void> {
  if (opened.modes) {
    const ids = opened.modes.availableModes.map(({ id }) => id)
    const modeId = pickMode(ids, opened.modes.currentModeId, mode)
    if (modeId) await agent.request('session/set_mode', { sessionId, modeId })
    return
  }
  const option = opened.configOptions?.find(({ id, category }) => category === 'mode' || id === 'mode')
  if (!option || typeof option.currentValue !== 'string') return
  const values = (option.options ?? []).flatMap((o) => ('options' in o ? o.options : [o])).map((o) => o.value)
  const value = pickMode(values, option.currentValue, mode)
  if (value) await agent.request('session/set_config_option', { sessionId, configId: option.id, value })
}

/** The mode to change to; undefined when the current one will do. */
export function pickMode(ids: string[], current: string, mode: AgentTurn['mode']): string | undefined {
  if (mode === 'plan') return planLike.test(current) ? undefined : ids.find((id) => planLike.test(id))
  if (!planLike.test(current)) return undefined
  return ids.find((id) => !planLike.test(id) && !unbound.test(id))
}
