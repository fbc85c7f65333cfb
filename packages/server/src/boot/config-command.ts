import { variables } from '../config/environment.ts'
import type { Config } from '../config.ts'

interface Effective {
  name: string
  value: string
  from: 'environment' | 'default'
  what: string
}

/** `signalbox config`: every variable, its value here, and where that comes from; secrets are hidden. */
export async function configCommand(_config: Config, args: string[]): Promise<void> {
  const rows = effective(process.env)
  if (args.includes('--json')) {
    process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
    return
  }
  const name = Math.max(...rows.map((row) => row.name.length))
  const value = Math.min(40, Math.max(...rows.map((row) => row.value.length)))
  for (const row of rows) {
    process.stdout.write(`${row.name.padEnd(name)}  ${row.value.padEnd(value)}  ${row.from}\n`)
  }
}

/** What is in force under this environment. */
export function effective(env: NodeJS.ProcessEnv): Effective[] {
  return variables().map((variable) => {
    const set = env[variable.name]
    const what = variable.text
    if (set === undefined) {
      const value = variable.default ?? (variable.fallback ?? '').replaceAll('`', '')
      return { name: variable.name, value, from: 'default', what }
    }
    const value = variable.secret ? '(hidden)' : set
    return { name: variable.name, value, from: 'environment', what }
  })
}

/** docs/reference/configuration.md as the table of variables gives it. */
export function configurationPage(): string {
  const groups = Map.groupBy(variables(), (variable) => variable.group)
  const parts = [...groups].map(([group, all]) => {
    const rows = all.map((one) => {
      const unit = one.unit ? ` (${one.unit})` : ''
      const fallback = one.default === undefined ? one.fallback : `\`${one.default}\``
      return `| \`${one.name}\` | ${one.text} | ${one.values}${unit} | ${fallback} |`
    })
    return [`## ${group}`, '', '| variable | what | values | default |', '|---|---|---|---|', ...rows].join(
      '\n',
    )
  })
  return `${head}\n\n${parts.join('\n\n')}\n`
}

const head = `# Configuration

<!-- Written by \`npm run golden\` from packages/server/src/config/environment.ts. -->

Everything stands in the environment of \`signalbox up\`, \`server\` and \`worker\`, and is read once at start. \`signalbox config\` prints what is in force and where it comes from; secrets are hidden. A value that is not usable stops the start with a sentence that names it.`
