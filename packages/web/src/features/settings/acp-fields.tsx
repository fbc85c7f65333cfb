import { Button, Textarea } from '@mantine/core'
import { type AgentPreset, agentPresets } from './agent-presets.ts'
import type { TabProps } from './tab-body.tsx'

/** What an agent that speaks ACP is started with. */
export function AcpFields({ form }: Pick<TabProps, 'form'>) {
  const chosen = agentPresets.find(({ command }) => command === form.values.settings.agent.command)
  function take(preset: AgentPreset) {
    form.setFieldValue('settings.agent.command', preset.command)
    form.setFieldValue('agentEnvironmentText', preset.environment)
  }
  return (
    <>
      <div className="stack" style={{ gap: 6 }}>
        <p className="muted">Fill in for a known agent:</p>
        <div className="row row-wrap">
          {agentPresets.map((preset) => (
            <Button
              key={preset.name}
              size="xs"
              variant={preset === chosen ? 'filled' : 'default'}
              onClick={() => take(preset)}
            >
              {preset.name}
            </Button>
          ))}
        </div>
        {chosen ? (
          <p className="muted">
            Install it on the worker's machine:{' '}
            <code className="mono">npm install --prefix DATA/agents {chosen.npm}</code>, DATA being the data
            folder. Its key is the secret {chosen.key} of this project or of the worker's environment.
          </p>
        ) : null}
      </div>
      <Textarea
        label="Command"
        description="Speaks the Agent Client Protocol on stdin and stdout; run with bash in the sandbox."
        placeholder="gemini --acp"
        autosize
        minRows={2}
        {...form.getInputProps('settings.agent.command')}
      />
    </>
  )
}
