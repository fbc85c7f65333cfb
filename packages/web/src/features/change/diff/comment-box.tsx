import { Button, Textarea } from '@mantine/core'
import { useState } from 'react'
import { ProblemNote } from '../../../components/states.tsx'

interface CommentBoxProps {
  label: string
  verb: string
  start?: string
  onSave: (body: string) => Promise<unknown>
  onCancel: () => void
}

/** Writes or rewords a comment. Ctrl+Enter saves, Escape leaves. */
export function CommentBox({ label, verb, start = '', onSave, onCancel }: CommentBoxProps) {
  const [text, setText] = useState(start)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  async function save() {
    if (!text.trim() || busy) return
    setBusy(true)
    try {
      await onSave(text.trim())
    } catch (problem) {
      setError(problem)
      setBusy(false)
    }
  }
  return (
    <form
      className="comment-box stack"
      style={{ gap: 8 }}
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <Textarea
        label={label}
        autosize
        minRows={2}
        maxRows={12}
        maxLength={4000}
        value={text}
        autoFocus
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          event.stopPropagation()
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void save()
          if (event.key === 'Escape') onCancel()
        }}
        data-testid="comment-input"
      />
      {error ? <ProblemNote error={error} /> : null}
      <div className="row">
        <Button
          type="submit"
          variant="filled"
          size="compact-sm"
          loading={busy}
          disabled={!text.trim()}
          data-testid="comment-save"
        >
          {verb}
        </Button>
        <Button size="compact-sm" onClick={onCancel}>
          Discard
        </Button>
      </div>
    </form>
  )
}
