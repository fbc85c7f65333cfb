import { SegmentedControl, Switch, Textarea, TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import { AcpFields } from './acp-fields.tsx'
import { ModelFields } from './model-fields.tsx'
import { PermissionFields } from './permission-fields.tsx'
import type { TabProps } from './tab-body.tsx'
import { TurnFields } from './turn-fields.tsx'

const descriptions = {
  acp: 'A coding agent that speaks the Agent Client Protocol: its plan, tool calls, questions and use are shown. It runs in the sandbox and holds no secrets.',
  exec: 'Any coding agent that starts from a command line. It runs in the sandbox and holds no secrets.',
  scripted: 'Plays a script from the repository and asks no model: for trying out the way, not for work.',
}

/** Which agent works, and how far it goes alone. */
export function AgentTab({ form }: TabProps) {
  const { driver } = form.values.settings.agent
  return (
    <div className="settings-grid">
      <div className="stack" style={{ gap: 6 }}>
        <h2 id="driver-label">Agent</h2>
        <SegmentedControl
          aria-labelledby="driver-label"
          data={[
            { value: 'acp', label: 'ACP agent' },
            { value: 'exec', label: 'A command' },
            { value: 'scripted', label: 'Scripted' },
          ]}
          {...form.getInputProps('settings.agent.driver')}
        />
        <p className="muted">{descriptions[driver]}</p>
      </div>
      {driver === 'acp' ? (
        <AcpFields form={form} />
      ) : driver === 'scripted' ? (
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
      {driver === 'scripted' ? null : (
        <Textarea
          label="Environment of the agent"
          description="NAME=value, one a line. Everybody who sees these settings sees it: keys are secrets, and are added outside the sandbox."
          autosize
          minRows={2}
          spellCheck={false}
          classNames={{ input: 'mono' }}
          {...form.getInputProps('agentEnvironmentText')}
        />
      )}
      {driver === 'scripted' ? null : (
        <Part title="Models">
          <ModelFields form={form} />
        </Part>
      )}
      {driver === 'acp' ? (
        <Part title="Permissions">
          <PermissionFields form={form} />
        </Part>
      ) : null}
      <Part title="Turns">
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
        <TurnFields form={form} />
      </Part>
    </div>
  )
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="settings-part" aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  )
}
