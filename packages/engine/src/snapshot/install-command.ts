const word = String.raw`[\w@%+=:,./-]+`
const words = `(?:\\s+${word})*`

/** Commands that read lockfile and manifests and nothing else of a repository, unless a script in them does. */
const installs = [
  `npm\\s+(?:ci|i|install|clean-install)${words}`,
  `(?:corepack\\s+)?pnpm\\s+(?:i|install)${words}`,
  `(?:corepack\\s+)?yarn(?:\\s+install)?(?:\\s+--${word})*`,
  `bun\\s+(?:i|install)${words}`,
  `corepack\\s+enable${words}`,
  `poetry\\s+install${words}`,
  `uv\\s+sync${words}`,
  `pdm\\s+(?:install|sync)${words}`,
  `pipenv\\s+(?:install|sync)${words}`,
  `(?:python3?\\s+-m\\s+venv|virtualenv)\\s+${word}`,
  `(?:\\S*python3?\\s+-m\\s+)?\\S*pip3?\\s+install(?:\\s+-r\\s+${word}|\\s+--${word})+`,
  'go\\s+mod\\s+download',
  `cargo\\s+fetch${words}`,
  `bundle\\s+install${words}`,
  `composer\\s+install${words}`,
  'mix\\s+deps\\.get',
  `cd\\s+${word}`,
].map((pattern) => new RegExp(`^${pattern}$`))

/**
 * Whether a command does nothing but install: each of its parts, joined by `&&` or lines, is one of the known
 * ones. Of any other command nobody knows which files it reads.
 */
export function onlyInstalls(command: string): boolean {
  const parts = command
    .split(/&&|\n/)
    .map((part) => part.trim())
    .filter((part) => part !== '' && !part.startsWith('#'))
  return parts.length > 0 && parts.every((part) => installs.some((pattern) => pattern.test(part)))
}

const lifecycle = [
  'preinstall',
  'install',
  'postinstall',
  'prepublish',
  'preprepare',
  'prepare',
  'postprepare',
]

/** What husky does in a checkout is nothing that a later step could miss. */
const harmless = /^husky(?: install)?(?:\s*\|\|\s*true)?$/

/** The scripts of a package.json that npm and its like run by themselves; they may read any file. */
export function lifecycleScripts(packageJson: string): string[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(packageJson)
  } catch {
    return []
  }
  const scripts = isRecord(parsed) ? parsed['scripts'] : undefined
  if (!isRecord(scripts)) return []
  return lifecycle.filter((name) => {
    const script = scripts[name]
    return typeof script === 'string' && script.trim() !== '' && !harmless.test(script.trim())
  })
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
