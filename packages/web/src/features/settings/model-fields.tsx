import { Checkbox } from '@mantine/core'
import type { ModelProvider } from '@signalbox/core/contract/settings.ts'
import type { TabProps } from './tab-body.tsx'

const providers: Record<ModelProvider, { name: string; key: string; address: string }> = {
  anthropic: { name: 'Anthropic', key: 'ANTHROPIC_API_KEY', address: 'ANTHROPIC_BASE_URL' },
  openai: { name: 'OpenAI, or a server with its API', key: 'OPENAI_API_KEY', address: 'OPENAI_BASE_URL' },
  gemini: { name: 'Google Gemini', key: 'GEMINI_API_KEY', address: 'GOOGLE_GEMINI_BASE_URL' },
}

/** Which servers of models the agent may ask. */
export function ModelFields({ form }: Pick<TabProps, 'form'>) {
  const { models } = form.values.settings.agent
  return (
    <Checkbox.Group
      label="It may ask"
      description="Signalbox passes its questions on and adds the key outside the sandbox: the agent never holds it."
      {...form.getInputProps('settings.agent.models')}
    >
      <div className="model-list panel">
        {Object.entries(providers).map(([provider, { name, key, address }]) => (
          <Checkbox
            key={provider}
            value={provider}
            label={name}
            description={
              <>
                Key: secret <span className="mono">{key}</span>. The agent finds the address in{' '}
                <span className="mono">{address}</span>.
              </>
            }
          />
        ))}
      </div>
      <p className="muted" role="status">
        {models.length === 0
          ? 'It reaches no model by way of Signalbox.'
          : 'Not offered is one for which neither the project nor the worker has a key.'}
      </p>
    </Checkbox.Group>
  )
}
