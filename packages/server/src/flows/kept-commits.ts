/** Under this name a repository keeps what only a change in progress needs: released when it ends. */
export function keptFor(changeId: string): string {
  return `changes/${changeId}`
}

/** The change that a kept name belongs to. */
export function changeOfKept(name: string): string | undefined {
  return /^changes\/([0-9a-f-]{36})(\/|$)/.exec(name)?.[1]
}
