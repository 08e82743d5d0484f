import type { ReactNode } from 'react'
import type { DraftAction, ScanOptionsDraft } from '../lib/scan-options-draft.ts'

interface ScanOptionsFieldsProps {
  draft: ScanOptionsDraft
  /** What cannot be understood; null when all is well. */
  mistake: string | null
  send(action: DraftAction): void
}

/** What a scan looks at, as fields. */
export function ScanOptionsFields({ draft, mistake, send }: ScanOptionsFieldsProps): ReactNode {
  const patterns = (field: 'include' | 'exclude', label: string, hint: string): ReactNode => (
    <label className="field-block">
      <span>{label}</span>
      <textarea
        className="field wide"
        rows={2}
        spellCheck={false}
        placeholder={hint}
        value={draft[field]}
        onChange={(event) => send({ type: 'typed', field, text: event.target.value })}
      />
    </label>
  )
  const onOff = (field: 'hidden' | 'followLinks', label: string): ReactNode => (
    <label className="check">
      <input
        type="checkbox"
        checked={draft[field]}
        onChange={(event) => send({ type: 'switched', field, on: event.target.checked })}
      />
      {label}
    </label>
  )
  return (
    <div className="stack" style={{ gap: 12 }}>
      {patterns('include', 'Only these files', 'all photos, or for example *.jpg')}
      {patterns('exclude', 'Leave out', 'for example thumbnails/** or *.gif')}
      <label className="field-block">
        <span>Smallest size, in kilobytes</span>
        <input
          className="field"
          inputMode="decimal"
          placeholder="any size"
          value={draft.minKilobytes}
          aria-invalid={mistake !== null}
          onChange={(event) => send({ type: 'typed', field: 'minKilobytes', text: event.target.value })}
        />
      </label>
      {onOff('hidden', 'Hidden files and folders too')}
      {onOff('followLinks', 'Follow links to other folders')}
      {mistake === null ? null : <p role="alert">{mistake}</p>}
    </div>
  )
}
