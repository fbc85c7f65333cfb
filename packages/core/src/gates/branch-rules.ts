/** What a push may not do to a branch. */
export interface BranchRule {
  noPush: boolean
  noForcePush: boolean
  noDelete: boolean
}

interface Rules {
  defaultBranch: string
  protectedBranches: ({ pattern: string } & BranchRule)[]
}

const free: BranchRule = { noPush: false, noForcePush: false, noDelete: false }
const shut: BranchRule = { noPush: true, noForcePush: true, noDelete: true }
/** Branches that the platform makes for its agents. */
export const ownBranches = 'signalbox/'

/** True for the name itself, or for what starts with the pattern up to its closing star. */
export function matchesBranch(pattern: string, branch: string): boolean {
  return pattern.endsWith('*') ? branch.startsWith(pattern.slice(0, -1)) : branch === pattern
}

/** All patterns that match count together; the default branch only ever lands what was proven. */
export function ruleForBranch(rules: Rules, branch: string): BranchRule {
  if (branch === rules.defaultBranch) return shut
  const matching = rules.protectedBranches.filter(({ pattern }) => matchesBranch(pattern, branch))
  return matching.reduce<BranchRule>(
    (sum, rule) => ({
      noPush: sum.noPush || rule.noPush,
      noForcePush: sum.noForcePush || rule.noForcePush,
      noDelete: sum.noDelete || rule.noDelete,
    }),
    free,
  )
}

/** Whether a push to this branch opens a change: asked for by a pattern, not guarded, and not one of ours. */
export function opensChange(rules: Rules & { openChangesFor: string[] }, branch: string): boolean {
  if (branch.startsWith(ownBranches) || ruleForBranch(rules, branch).noPush) return false
  return rules.openChangesFor.some((pattern) => matchesBranch(pattern, branch))
}

/** A branch that nobody clears away after a merge. */
export function staysAfterMerge(rules: Rules, branch: string): boolean {
  return ruleForBranch(rules, branch).noDelete
}
