// Runs before the first paint, so that a chosen scheme does not flash. No inline script: the policy forbids it.
;(() => {
  let stored = null
  try {
    stored = window.localStorage.getItem('mantine-color-scheme-value')
  } catch {}
  const dark = window.matchMedia('(prefers-color-scheme: dark)').matches
  const scheme = stored === 'light' || stored === 'dark' ? stored : dark ? 'dark' : 'light'
  document.documentElement.setAttribute('data-mantine-color-scheme', scheme)
})()
