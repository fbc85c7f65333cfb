/** What to do about a key of GitHub's language that this version does not have; each is refused, none ignored. */
export const refusedKeys: Record<'workflow' | 'job' | 'step', Record<string, string>> = {
  workflow: {},
  job: {
    snapshot: 'Remove snapshot.',
    'cancel-timeout-minutes': 'Remove cancel-timeout-minutes.',
  },
  step: {},
}

/** The keys that work, in the order in which a hint names them. */
export const supportedKeys: Record<'workflow' | 'job' | 'step', readonly string[]> = {
  workflow: [
    'name',
    'description',
    'run-name',
    'on',
    'env',
    'defaults',
    'permissions',
    'concurrency',
    'jobs',
  ],
  job: [
    'name',
    'needs',
    'if',
    'runs-on',
    'env',
    'outputs',
    'timeout-minutes',
    'continue-on-error',
    'strategy',
    'permissions',
    'concurrency',
    'environment',
    'defaults',
    'container',
    'services',
    'steps',
    'uses',
    'with',
    'secrets',
  ],
  step: [
    'id',
    'name',
    'if',
    'env',
    'run',
    'shell',
    'working-directory',
    'uses',
    'with',
    'continue-on-error',
    'timeout-minutes',
    'background',
    'wait',
    'wait-all',
    'cancel',
    'parallel',
  ],
}

/** What parsing must know of an action: its name without version, and its inputs. */
export interface KnownAction {
  name: string
  inputs: Record<string, { required: boolean; default?: string }>
}

/** What parsing may be told of the outside. */
export interface ParseOptions {
  /** Actions that are brought along, beside `actions/checkout`: their inputs are checked. */
  builtinActions?: readonly KnownAction[]
  /** Whether this `uses:` is served by a repository though a built-in action has its name. */
  isReplaced?: (uses: string) => boolean
  /** Labels of workers that are there, without which `runs-on` may not name Windows or macOS. */
  machines?: readonly string[]
}

/** `actions/checkout` as the engine serves it. */
export const checkoutAction: KnownAction = {
  name: 'actions/checkout',
  inputs: {
    repository: { required: false },
    ref: { required: false },
    path: { required: false },
    clean: { required: false },
    'sparse-checkout': { required: false },
    'sparse-checkout-cone-mode': { required: false },
    'fetch-depth': { required: false, default: '1' },
    'fetch-tags': { required: false },
    submodules: { required: false },
    lfs: { required: false },
    filter: { required: false },
    token: { required: false },
    'ssh-key': { required: false },
    'ssh-known-hosts': { required: false },
    'ssh-strict': { required: false },
    'ssh-user': { required: false },
    'persist-credentials': { required: false },
    'show-progress': { required: false },
    'set-safe-directory': { required: false },
    'github-server-url': { required: false },
  },
}

/** Names in the order of GitHub's rule for ids of jobs and steps. */
export const idPattern = /^[A-Za-z_][A-Za-z0-9_-]*$/

/** The keys that a job may have beside `uses`, when it calls a workflow; see GitHub's "reusable workflows" reference. */
export const callKeys: readonly string[] = [
  'name',
  'uses',
  'with',
  'secrets',
  'needs',
  'if',
  'strategy',
  'permissions',
  'concurrency',
]
