import { Button, NumberInput, Select, Textarea } from '@mantine/core'
import { type AgentPreset, agentPresets } from './agent-presets.ts'
import type { TabProps } from './tab-body.tsx'

/** What an agent that speaks ACP needs, and how far it goes alone. */
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
        <div className="row wrap">
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
      <Select
        label="Permissions"
        description="What the agent asks before it goes on. Its sandbox and the list of hosts hold in any case."
        data={[
          { value: 'sandbox', label: 'Allow what stays in the sandbox, ask about the rest' },
          { value: 'ask', label: 'Ask a person everything' },
          { value: 'all', label: 'Ask nobody' },
        ]}
        allowDeselect={false}
        {...form.getInputProps('settings.agent.permissions')}
      />
      <NumberInput
        label="Wait for an answer"
        description="One turn waits so long for people in all; then the answer is no and the agent goes on."
        suffix=" min"
        min={1}
        max={1440}
        {...form.getInputProps('settings.agent.permissionMinutes')}
      />
    </>
  )
}
