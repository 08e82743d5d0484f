import { useReducer, useState, type ReactNode } from 'react'
import type { ScanOptions } from '../../../../shared/contract/scan.ts'
import { Button } from '../../components/button.tsx'
import { ScanOptionsFields } from '../../components/scan-options-fields.tsx'
import { sendToSession } from '../../lib/engine.ts'
import { draftOf, readDraft, reduceDraft, type DraftAction } from '../../lib/scan-options-draft.ts'
import { saveScanOptions } from '../../lib/settings.ts'

/** What every scan looks at unless told otherwise. */
export function ScanDefaults({ options }: { options: ScanOptions }): ReactNode {
  const [draft, send] = useReducer(reduceDraft, options, draftOf)
  const [mistake, setMistake] = useState<string | null>(null)
  const [changed, setChanged] = useState(false)
  const edit = (action: DraftAction): void => {
    setChanged(true)
    setMistake(null)
    send(action)
  }
  const save = async (): Promise<void> => {
    const read = readDraft(draft)
    if ('mistake' in read) return setMistake(read.mistake)
    if (!(await saveScanOptions(read.options))) return
    setChanged(false)
    sendToSession({ type: 'done', text: 'Saved. The next scan looks at these files.' })
  }
  return (
    <section className="panel">
      <h2>What scans look at</h2>
      <div className="stack" style={{ gap: 12, maxWidth: '36rem' }}>
        <ScanOptionsFields draft={draft} mistake={mistake} send={edit} />
        <div>
          <Button look="primary" disabled={!changed} onClick={() => void save()}>
            Save
          </Button>
        </div>
      </div>
    </section>
  )
}
