import { Autocomplete, Select, Switch, Textarea, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { queries } from '../../lib/queries.ts'
import type { Input } from './input-values.ts'

interface WorkflowFieldProps {
  /** Slug of the project, whose environments are offered. */
  project: string
  input: Input
  value: string | boolean
  error: string | undefined
  onChange: (value: string | boolean) => void
}

/** The field for one input of a workflow, by its type. */
export function WorkflowField({ project, input, value, error, onChange }: WorkflowFieldProps) {
  const shared = {
    label: input.name,
    description: input.description || undefined,
    error,
    'data-testid': `workflow-field-${input.name}`,
  }
  if (typeof value === 'boolean') {
    return <Switch {...shared} checked={value} onChange={(event) => onChange(event.currentTarget.checked)} />
  }
  const required = input.required ? { withAsterisk: true, 'aria-required': true } : {}
  if (input.type === 'choice') {
    return (
      <Select
        {...shared}
        {...required}
        // A list with the same option twice is refused by the component, not by the workflow.
        data={[...new Set(input.options)]}
        value={value || null}
        placeholder={input.required ? 'Choose one' : 'None'}
        clearable={!input.required}
        allowDeselect={false}
        onChange={(next) => onChange(next ?? '')}
      />
    )
  }
  if (input.type === 'environment') {
    return <EnvironmentField {...shared} {...required} project={project} value={value} onChange={onChange} />
  }
  const text = { ...shared, ...required, value, spellCheck: false }
  if (value.includes('\n')) {
    return (
      <Textarea {...text} autosize maxRows={8} onChange={(event) => onChange(event.currentTarget.value)} />
    )
  }
  return (
    <TextInput
      {...text}
      inputMode={input.type === 'number' ? 'decimal' : undefined}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}

type EnvironmentFieldProps = Pick<WorkflowFieldProps, 'project' | 'error'> & {
  label: string
  description: string | undefined
  value: string
  onChange: (value: string) => void
}

/** An environment by its name: those that something was deployed to are offered, another one may be typed. */
function EnvironmentField({ project, ...props }: EnvironmentFieldProps) {
  const deployments = useQuery(queries.deployments(project)).data ?? []
  return <Autocomplete {...props} data={[...new Set(deployments.map((each) => each.environment))]} />
}
