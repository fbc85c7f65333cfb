import type { ToolKind } from '../base/tool-kind.ts'

/** What becomes of an agent's question by rule: a person is asked only for `ask`. */
export const permissionRules = ['allow', 'ask', 'deny'] as const
export type PermissionRule = (typeof permissionRules)[number]

/**
 * How far an agent may go alone. `sandbox`: all that stays inside its sandbox, and what leaves it is asked.
 * `ask`: a person is asked everything. `all`: nobody is asked; the sandbox and its list of hosts hold all the same.
 */
export const permissionPolicies = ['sandbox', 'ask', 'all'] as const
export type PermissionPolicy = (typeof permissionPolicies)[number]

/** Kinds whose effects are outside the sandbox. */
const leaves: readonly ToolKind[] = ['fetch']
/** Kinds that a turn which is to plan only has no use for. */
const changes: readonly ToolKind[] = ['edit', 'delete', 'move', 'switch_mode']

/** What the project's settings say to a question of this kind. */
export function decidePermission(
  settings: { permissions: PermissionPolicy; permissionRules: Partial<Record<ToolKind, PermissionRule>> },
  question: { kind: ToolKind; mode: 'plan' | 'work' },
): PermissionRule {
  if (question.mode === 'plan' && changes.includes(question.kind)) return 'deny'
  const rule = settings.permissionRules[question.kind]
  if (rule) return rule
  if (settings.permissions === 'all') return 'allow'
  if (settings.permissions === 'ask') return 'ask'
  return leaves.includes(question.kind) ? 'ask' : 'allow'
}
