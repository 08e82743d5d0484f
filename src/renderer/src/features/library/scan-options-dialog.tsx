import { useReducer, useState, type ReactNode } from 'react'
import type { ScanOptions } from '../../../../shared/contract/scan.ts'
import { Button } from '../../components/button.tsx'
import { Modal } from '../../components/modal.tsx'
import { saveScanOptions } from '../../lib/settings.ts'
import { draftOf, readDraft, reduceDraft } from './scan-options-draft.ts'

interface ScanOptionsDialogProps {
  options: ScanOptions
  onClose(): void
  onScan(): void
}

/** What to look at; kept as the default for the next scans. Mount it to open it. */
export function ScanOptionsDialog({ options, onClose, onScan }: ScanOptionsDialogProps): ReactNode {
  const [draft, send] = useReducer(reduceDraft, options, draftOf)
  const [mistake, setMistake] = useState<string | null>(null)
  const save = async (then: () => void): Promise<void> => {
    const read = readDraft(draft)
    if ('mistake' in read) return setMistake(read.mistake)
    if (await saveScanOptions(read.options)) then()
  }
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
    <Modal open onClose={onClose} title="Scan options" about="One pattern a line; * stands for any part of a name, ** for any folders.">
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
      <div className="dialog-actions">
        <Button onClick={onClose}>Back</Button>
        <Button onClick={() => void save(onClose)}>Save</Button>
        <Button
          look="primary"
          data-testid="scan-options-scan"
          onClick={() =>
            void save(() => {
              onClose()
              onScan()
            })
          }
        >
          Save and scan
        </Button>
      </div>
    </Modal>
  )
}
