let csrf = ''

/** The token that writes must carry; empty before sign-in. Kept in memory only. */
export function csrfToken(): string {
  return csrf
}

export function keepCsrfToken(token: string): void {
  csrf = token
}

/** The sign-in token of a fragment like `#token=abc`, or null. */
export function tokenInFragment(hash: string): string | null {
  if (!hash.includes('token=')) return null
  return new URLSearchParams(hash.replace(/^#/, '')).get('token')
}

/** What a person pastes: the token itself, or the whole address that holds it. */
export function tokenInText(text: string): string {
  const trimmed = text.trim()
  const hash = trimmed.indexOf('#')
  return (hash >= 0 ? tokenInFragment(trimmed.slice(hash)) : null) ?? trimmed.replace(/^token=/, '')
}

/** Takes the token out of the address bar and the history at once. */
export function takeToken(): string | null {
  const token = tokenInFragment(window.location.hash)
  if (token !== null) {
    window.history.replaceState(null, '', window.location.pathname + window.location.search)
  }
  return token
}
