import { NumberInput, SegmentedControl, Switch, Textarea, TextInput } from '@mantine/core'
import type { TabProps } from './tab-body.tsx'

/** Which agent works, and how far it goes alone. */
export function AgentTab({ form }: TabProps) {
  const scripted = form.values.settings.agent.driver === 'scripted'
  return (
    <div className="settings-grid">
      <div className="stack" style={{ gap: 6 }}>
        <h2 id="driver-label">Agent</h2>
        <SegmentedControl
          aria-labelledby="driver-label"
          data={[
            { value: 'exec', label: 'A command' },
            { value: 'scripted', label: 'Scripted' },
          ]}
          {...form.getInputProps('settings.agent.driver')}
        />
        <p className="muted">
          {scripted
            ? 'Plays a script from the repository and asks no model: for trying out the way, not for work.'
            : 'Any coding agent that starts from a command line. It runs in the sandbox and holds no secrets.'}
        </p>
      </div>
      {scripted ? (
        <TextInput label="Script in the repository" {...form.getInputProps('settings.agent.script')} />
      ) : (
        <Textarea
          label="Command"
          description="Run with bash in the sandbox; the goal is in the file named by SIGNALBOX_GOAL_FILE."
          placeholder='my-agent --prompt-file "$SIGNALBOX_GOAL_FILE"'
          autosize
          minRows={2}
          {...form.getInputProps('settings.agent.command')}
        />
      )}
      <Textarea
        label="Put before every goal"
        autosize
        minRows={3}
        {...form.getInputProps('settings.agent.planningStatement')}
      />
      <Switch
        label="Confirm plans by itself"
        {...form.getInputProps('settings.agent.autoConfirmPlans', { type: 'checkbox' })}
      />
      <NumberInput
        label="Time for one turn"
        suffix=" min"
        min={1}
        max={360}
        {...form.getInputProps('settings.agent.timeoutMinutes')}
      />
    </div>
  )
}
