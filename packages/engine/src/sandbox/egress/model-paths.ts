/** The kinds of API that servers of models speak. */
export type ModelApi = 'anthropic' | 'openai' | 'gemini'

type Methods = 'POST' | 'GET'

const id = '[A-Za-z0-9._:@-]+'
/** Gateways have models with slashes in their names. */
const modelId = `${id}(?:/${id}){0,3}`
const gemini = '/v1(?:beta|alpha)?'
const geminiModel = `${gemini}/(?:models|tunedModels)/${id}`
const geminiVerbs = 'generateContent|streamGenerateContent|countTokens|embedContent|batchEmbedContents'

/**
 * What asks a model, by path behind the base of each API. Nothing else of what a key may do is here: files, batches,
 * stored answers, fine-tuning, usage, keys and members are the account's, and other people's work is among them.
 * Sources: docs.claude.com/en/api, developers.openai.com/api/reference, ai.google.dev/api, and the requests of the
 * agents that speak ACP (`responses/compact` is of Codex).
 */
const inference: Record<ModelApi, Record<Methods, string[]>> = {
  anthropic: {
    POST: ['/v1/messages', '/v1/messages/count_tokens', '/v1/complete'],
    GET: ['/v1/models', `/v1/models/${modelId}`],
  },
  openai: {
    POST: [
      '/responses',
      '/responses/compact',
      '/responses/input_tokens',
      '/chat/completions',
      '/completions',
      '/embeddings',
    ],
    GET: ['/models', `/models/${modelId}`],
  },
  gemini: {
    POST: [
      `${geminiModel}(?::|%3[Aa])(?:${geminiVerbs})`,
      `${gemini}/interactions`,
      `${gemini}/openai/(?:chat/completions|embeddings)`,
    ],
    GET: [`${gemini}/(?:models|tunedModels)`, geminiModel, `${gemini}/openai/models(?:/${modelId})?`],
  },
}

const patterns = new Map(
  Object.entries(inference).flatMap(([api, byMethod]) =>
    Object.entries(byMethod).map(([method, paths]) => [
      `${api} ${method}`,
      new RegExp(`^(?:${paths.join('|')})$`),
    ]),
  ),
)

/**
 * Whether the broker passes this on. `path` is the path behind the base, as it would be sent; `extra` are paths
 * that an operator allows with every method; a `*` at the end of one stands for any rest. What is percent-encoded is in no list, but for Gemini's colon.
 */
export function isModelPath(
  api: ModelApi,
  asked: { method: string; path: string },
  extra: readonly string[] = [],
): boolean {
  const { path } = asked
  const method = asked.method === 'HEAD' ? 'GET' : asked.method
  if (patterns.get(`${api} ${method}`)?.test(path)) return true
  if (/[%\\;]|\/\.\.?(?:\/|$)|\/\//.test(path)) return false
  return extra.some((one) => (one.endsWith('*') ? path.startsWith(one.slice(0, -1)) : path === one))
}
