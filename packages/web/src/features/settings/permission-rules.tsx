import { NativeSelect } from '@mantine/core'
import { type ToolKind, toolKinds } from '@signalbox/core/base/tool-kind.ts'
import type { AgentSettings } from '@signalbox/core/contract/settings.ts'
import { decidePermission, type PermissionRule, permissionRules } from '@signalbox/core/domain/permission.ts'
import { useState } from 'react'
import { Chevron } from '../../components/chevron.tsx'
import type { TabProps } from './tab-body.tsx'

const kinds: Record<ToolKind, string> = {
  read: 'Read files',
  edit: 'Change files',
  delete: 'Delete files',
  move: 'Move and rename files',
  search: 'Search',
  execute: 'Run commands',
  think: 'Think',
  fetch: 'Ask hosts outside the sandbox',
  switch_mode: 'Change its own mode',
  other: 'Anything else',
}

const rules: Record<PermissionRule, string> = { allow: 'Allow', ask: 'Ask a person', deny: 'Refuse' }

type Rules = AgentSettings['permissionRules']

/** The rules with another one for this kind; undefined: as the policy says. */
export function withRule(before: Rules, kind: ToolKind, rule: PermissionRule | undefined): Rules {
  const { [kind]: _, ...others } = before
  return rule === undefined ? others : { ...others, [kind]: rule }
}

/** What is different for some kinds of tools than the policy says. */
export function PermissionRules({ form }: Pick<TabProps, 'form'>) {
  const { permissions, permissionRules: own } = form.values.settings.agent
  const count = Object.keys(own).length
  // What is different shows itself; taking the last one away does not shut it in somebody's face.
  const [openAtFirst] = useState(count > 0)
  const error = form.errors['settings.agent.permissionRules']
  return (
    <details className="rules" open={openAtFirst}>
      <summary>
        <Chevron />
        <span className="grow">Other rules for some kinds of tools</span>
        <span className="muted">{count === 0 ? 'none' : `${count} of ${toolKinds.length}`}</span>
      </summary>
      <p className="muted">
        As the agent names the kind of what it asks for. A turn that is to plan only never changes files,
        whatever stands here.
      </p>
      <ul className="panel rule-list">
        {toolKinds.map((kind) => {
          const usual = decidePermission({ permissions, permissionRules: {} }, { kind, mode: 'work' })
          return (
            <li key={kind} className={own[kind] ? 'is-own' : undefined}>
              <span id={`rule-${kind}`}>
                {kinds[kind]} <span className="mono faint">{kind}</span>
              </span>
              <NativeSelect
                size="xs"
                aria-labelledby={`rule-${kind}`}
                value={own[kind] ?? ''}
                data={[
                  { value: '', label: `As above: ${rules[usual].toLowerCase()}` },
                  ...permissionRules.map((rule) => ({ value: rule, label: rules[rule] })),
                ]}
                onChange={({ currentTarget: { value } }) => {
                  const rule = permissionRules.find((one) => one === value)
                  form.setFieldValue('settings.agent.permissionRules', withRule(own, kind, rule))
                }}
              />
            </li>
          )
        })}
      </ul>
      {error ? <p className="field-error">{error}</p> : null}
    </details>
  )
}
