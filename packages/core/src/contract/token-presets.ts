import type { Permission } from './routes/route.ts'
import { permissions } from './routes/route.ts'

/** What a token is usually for. `admin` is everything that its person may. */
export const tokenPresets = ['read', 'write', 'admin'] as const
export type TokenPreset = (typeof tokenPresets)[number]

const notForPrograms: readonly Permission[] = ['public', 'token.write']

/** The scopes of a preset; null: no limit. */
export function scopesOf(preset: TokenPreset): Permission[] | null {
  if (preset === 'admin') return null
  if (preset === 'read') return permissions.filter((name) => name.endsWith('.read'))
  const machine = /^(system|user|audit|member)\./
  return permissions.filter(
    (name) => name.endsWith('.read') || !(machine.test(name) || notForPrograms.includes(name)),
  )
}
