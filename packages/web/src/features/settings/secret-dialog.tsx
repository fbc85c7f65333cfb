import { Button, Modal, NativeSelect, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ProblemNote } from '../../components/states.tsx'
import { call } from '../../lib/api.ts'
import { useFocusBack } from '../../lib/use-focus-back.ts'
import { parseDotenv } from './parse-dotenv.ts'

/** What is being set: one entry, whose name is known when it is replaced, or a whole file. */
export interface Setting {
  kind: 'secret' | 'variable'
  name: string
  environment: string
  replace: boolean
  file: boolean
}

interface SecretDialogProps {
  slug: string
  environments: string[]
  setting: Setting
  onClose: () => void
}

/** Sets or replaces secrets or variables of one environment. A value that was saved is never shown again. */
export function SecretDialog({ slug, environments, setting, onClose }: SecretDialogProps) {
  useFocusBack(true)
  const { kind, replace, file } = setting
  const [name, setName] = useState(setting.name)
  const [environment, setEnvironment] = useState(setting.environment)
  const [text, setText] = useState('')
  const cache = useQueryClient()
  const parsed = file ? parseDotenv(text) : { items: [{ name, value: text }], errors: [] }
  const save = useMutation({
    mutationFn: async (): Promise<void> => {
      const input = { params: { project: slug }, body: { environment, items: parsed.items } }
      await (kind === 'secret' ? call('setSecrets', input) : call('setVariables', input))
    },
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: ['project', slug, 'secrets'] })
      onClose()
    },
  })
  const names = parsed.items.map((item) => item.name).join(', ')
  const ready = text !== '' && (file ? parsed.items.length > 0 && parsed.errors.length === 0 : name !== '')
  const title = file ? 'Import a .env file' : replace ? `Replace ${name}` : `Set a ${kind}`
  return (
    <Modal opened onClose={onClose} title={title} size="lg">
      <div className="stack">
        {file ? null : (
          <TextInput
            label="Name"
            value={name}
            onChange={(event) => setName(event.currentTarget.value.toUpperCase())}
            disabled={replace}
            placeholder="API_KEY"
            autoComplete="off"
            spellCheck={false}
            classNames={{ input: 'mono' }}
            data-autofocus={replace ? undefined : true}
          />
        )}
        <NativeSelect
          label="Environment"
          value={environment}
          disabled={replace}
          onChange={(event) => setEnvironment(event.currentTarget.value)}
          data={[{ value: '', label: 'All environments' }, ...environments]}
        />
        <Textarea
          label={file ? 'The file' : 'Value'}
          description={file ? 'NAME=value on each line; each becomes a secret.' : undefined}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          autosize
          minRows={file ? 6 : 3}
          maxRows={14}
          autoComplete="off"
          spellCheck={false}
          classNames={{ input: 'mono' }}
          data-autofocus={replace || file ? true : undefined}
        />
        {file && names ? <p className="muted">Sets {names}.</p> : null}
        {parsed.errors.map((error) => (
          <p key={error} role="alert">
            {error}
          </p>
        ))}
        {save.error ? <ProblemNote error={save.error} /> : null}
        <div className="row" style={{ justifyContent: 'flex-end' }}>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="filled"
            disabled={!ready}
            loading={save.isPending}
            onClick={() => save.mutate()}
            data-testid="secret-save"
          >
            {file ? 'Import' : replace ? 'Replace' : 'Set'}
          </Button>
        </div>
      </div>
    </Modal>
  )
}
