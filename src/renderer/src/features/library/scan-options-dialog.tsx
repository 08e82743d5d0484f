import { useReducer, useState, type ReactNode } from 'react'
import type { ScanOptions } from '../../../../shared/contract/scan.ts'
import { Button } from '../../components/button.tsx'
import { Modal } from '../../components/modal.tsx'
import { ScanOptionsFields } from '../../components/scan-options-fields.tsx'
import { draftOf, readDraft, reduceDraft } from '../../lib/scan-options-draft.ts'
import { saveScanOptions } from '../../lib/settings.ts'

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
  const saveAndScan = (): void => {
    onClose()
    onScan()
  }
  return (
    <Modal
      open
      onClose={onClose}
      title="Scan options"
      about="One pattern a line; * stands for any part of a name, ** for any folders."
    >
      <ScanOptionsFields draft={draft} mistake={mistake} send={send} />
      <div className="dialog-actions">
        <Button onClick={onClose}>Back</Button>
        <Button onClick={() => void save(onClose)}>Save</Button>
        <Button look="primary" data-testid="scan-options-scan" onClick={() => void save(saveAndScan)}>
          Save and scan
        </Button>
      </div>
    </Modal>
  )
}
