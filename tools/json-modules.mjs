import { registerHooks } from 'node:module'

/**
 * GitHub's packages import JSON without the attribute that Node demands; preload this file with `--import`
 * to add it for them and for nothing else.
 */
registerHooks({
  load(url, context, nextLoad) {
    if (!url.endsWith('.json') || !url.includes('/@actions/')) return nextLoad(url, context)
    return nextLoad(url, { ...context, importAttributes: { ...context.importAttributes, type: 'json' } })
  },
})
