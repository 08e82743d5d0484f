import './library.css'
import { FileWarning, FolderPlus, ScanSearch, SlidersHorizontal } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { ScanOptions, type LibraryFolder, type LibraryView } from '../../../../shared/contract/scan.ts'
import { Button } from '../../components/button.tsx'
import { Modal } from '../../components/modal.tsx'
import { chooseAndAddFolders, useFolderDrop } from '../../lib/add-folders.ts'
import { attempt, callEngine, sendToSession, useSession } from '../../lib/engine.ts'
import { formatBytes, formatCount, formatPlural, photos } from '../../lib/format.ts'
import { isScanning } from '../../lib/session.ts'
import { startScan } from '../../lib/start-scan.ts'
import { FolderTable } from './folder-table.tsx'
import { optionsSummary } from '../../lib/scan-options-draft.ts'
import { ScanOptionsDialog } from './scan-options-dialog.tsx'
import { ScanPanel } from './scan-panel.tsx'
import { TierLinks } from './tier-links.tsx'
import { UnreadableDialog } from './unreadable-dialog.tsx'

const allPhotos = ScanOptions.parse({})

function Totals({ library }: { library: LibraryView }): ReactNode {
  const totals = [
    { name: 'photos', value: formatCount(library.photos) },
    { name: 'in all', value: formatBytes(library.bytes) },
    { name: 'duplicates found', value: formatCount(library.duplicates) },
    { name: 'could be freed', value: formatBytes(library.couldFreeBytes) },
  ]
  return (
    <dl className="totals panel" data-testid="library-totals">
      {totals.map(({ name, value }) => (
        <div key={name} className="total">
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function watchFolder({ id: folderId, name }: LibraryFolder, on: boolean): Promise<boolean> {
  return attempt(on ? `watch ${name}` : `stop watching ${name}`, async () => {
    sendToSession({ type: 'library-read', library: await callEngine('library.watchFolder', { folderId, on }) })
  })
}

interface ForgetDialogProps {
  folder: LibraryFolder
  onClose(): void
}

function ForgetDialog({ folder, onClose }: ForgetDialogProps): ReactNode {
  const forget = (): void => {
    onClose()
    void attempt(`forget ${folder.name}`, async () => {
      sendToSession({
        type: 'library-read',
        library: await callEngine('library.forgetFolder', { folderId: folder.id }),
      })
    })
  }
  return (
    <Modal
      open
      onClose={onClose}
      title={`Forget “${folder.name}”?`}
      about={`Twinlens takes its ${photos(folder.photos)} off the list. Nothing on the disk changes, and you can add the folder again.`}
    >
      <div className="dialog-actions">
        <Button onClick={onClose}>Back</Button>
        <Button look="primary" data-testid="forget-confirm" onClick={forget}>
          Forget folder
        </Button>
      </div>
    </Modal>
  )
}

/** Folders, what they hold, and the scan. */
export function LibraryScreen({ library }: { library: LibraryView }): ReactNode {
  const scan = useSession((session) => session.scan)
  const summary = useSession((session) => session.summary)
  const options = useSession((session) => session.settings?.scan) ?? allPhotos
  const [dialog, setDialog] = useState<'options' | 'unreadable' | { forget: LibraryFolder } | null>(null)
  const drop = useFolderDrop(() => void startScan(null))
  const busy = isScanning(scan)
  const narrowed = optionsSummary(options)
  const close = (): void => setDialog(null)
  const neverScanned = library.folders.every((folder) => folder.lastScanMs === null)
  return (
    <div className="page">
      <header className="page-header column">
        <h1 className="grow">Library</h1>
        <Button data-testid="add-folder" onClick={() => void chooseAndAddFolders()}>
          <FolderPlus size={16} aria-hidden />
          Add folder…
        </Button>
        <Button data-testid="scan-options" onClick={() => setDialog('options')}>
          <SlidersHorizontal size={16} aria-hidden />
          Scan options…
        </Button>
        <Button look="primary" data-testid="scan" disabled={busy} onClick={() => void startScan(null)}>
          <ScanSearch size={16} aria-hidden />
          {busy ? 'Scanning…' : neverScanned ? 'Scan' : 'Scan again'}
        </Button>
      </header>
      <div className="page-body">
        <div className="page-column">
          {scan === null ? null : <ScanPanel scan={scan} />}
          <Totals library={library} />
          {summary === null || library.photos === 0 ? null : <TierLinks summary={summary} />}
          <section className={drop.over ? 'panel library-drop over' : 'panel library-drop'} {...drop.handlers}>
            <FolderTable
              folders={library.folders}
              busy={busy}
              onScan={(folder) => void startScan([folder.id])}
              onForget={(folder) => setDialog({ forget: folder })}
              onWatch={(folder, on) => void watchFolder(folder, on)}
            />
            <p className="drop-hint">
              {drop.over ? 'Let go to add it' : 'Drop folders here to add them.'}
              {narrowed === null ? null : ` Scans look at: ${narrowed}.`}
            </p>
          </section>
          {library.unreadable + library.truncated === 0 ? null : (
            <p className="row wrap">
              <FileWarning size={16} aria-hidden />
              {library.unreadable === 0 ? null : (
                <button
                  type="button"
                  className="link-button"
                  data-testid="unreadable-link"
                  onClick={() => setDialog('unreadable')}
                >
                  {formatPlural(library.unreadable, 'file', 'files')} could not be read
                </button>
              )}
              {library.truncated === 0 ? null : (
                <span className="soft">{photos(library.truncated)} cut short, but shown and compared</span>
              )}
            </p>
          )}
        </div>
      </div>
      {dialog === 'options' ? (
        <ScanOptionsDialog options={options} onClose={close} onScan={() => void startScan(null)} />
      ) : null}
      {dialog === 'unreadable' ? <UnreadableDialog onClose={close} /> : null}
      {dialog !== null && typeof dialog === 'object' ? <ForgetDialog folder={dialog.forget} onClose={close} /> : null}
    </div>
  )
}
