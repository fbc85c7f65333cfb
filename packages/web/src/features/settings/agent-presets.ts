/** An agent that speaks ACP: how it is installed for the worker, started, and what it wants in its environment. */
export interface AgentPreset {
  name: string
  /** For `npm install --prefix <data folder>/agents`. */
  npm: string
  command: string
  /** `NAME=value`, one a line. */
  environment: string
  /** Whose key it needs. */
  key: 'ANTHROPIC_API_KEY' | 'OPENAI_API_KEY' | 'GEMINI_API_KEY'
}

const codexConfig =
  'mkdir -p ~/.codex && printf \'model_provider = "box"\\n[model_providers.box]\\nname = "box"\\nbase_url = "%s"\\nenv_key = "OPENAI_API_KEY"\\nwire_api = "responses"\\n\' "$OPENAI_BASE_URL" > ~/.codex/config.toml && exec codex-acp'

/** Agents that are known to work over ACP. */
export const agentPresets: AgentPreset[] = [
  {
    name: 'Claude Code',
    npm: '@agentclientprotocol/claude-agent-acp',
    command: 'claude-agent-acp',
    environment: 'CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1\nDISABLE_AUTOUPDATER=1',
    key: 'ANTHROPIC_API_KEY',
  },
  {
    name: 'Codex',
    npm: '@agentclientprotocol/codex-acp',
    command: codexConfig,
    environment: '',
    key: 'OPENAI_API_KEY',
  },
  {
    name: 'Gemini CLI',
    npm: '@google/gemini-cli',
    command: 'gemini --acp',
    environment: '',
    key: 'GEMINI_API_KEY',
  },
  {
    name: 'OpenCode',
    npm: 'opencode-ai',
    command: 'opencode acp',
    environment:
      'OPENCODE_DISABLE_MODELS_FETCH=1\nOPENCODE_CONFIG_CONTENT={"model":"anthropic/claude-sonnet-4-5","provider":{"anthropic":{"options":{"baseURL":"http://127.0.0.1:3128/model/anthropic/v1"}}}}',
    key: 'ANTHROPIC_API_KEY',
  },
  {
    name: 'Goose',
    npm: '@aaif/goose',
    command: 'goose acp',
    environment:
      'GOOSE_PROVIDER=openai\nGOOSE_MODEL=gpt-5\nGOOSE_DISABLE_KEYRING=1\nOPENAI_HOST=http://127.0.0.1:3128/model/openai\nOPENAI_BASE_PATH=chat/completions',
    key: 'OPENAI_API_KEY',
  },
]
