import { Button, type ButtonProps } from '@mantine/core'
import type { Permission } from '@signalbox/core/contract/routes/route.ts'
import type { ComponentProps } from 'react'
import { useWhyNot } from '../lib/use-why-not.ts'

type PermittedButtonProps = ButtonProps &
  Omit<ComponentProps<'button'>, keyof ButtonProps> & {
    permission: Permission
    /** Slug or id, for what is had in a project. */
    project?: string
  }

/** A button that is off for who may not, and says why. The server refuses them anyway. */
export function PermittedButton({ permission, project, ...props }: PermittedButtonProps) {
  const reason = useWhyNot(permission, project)
  return <Button {...props} disabled={props.disabled || reason !== null} title={reason ?? props.title} />
}
