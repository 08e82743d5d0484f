import { Eye, EyeOff, FolderMinus, HardDrive, RotateCw } from 'lucide-react'
import type { ReactNode } from 'react'
import type { LibraryFolder } from '../../../../shared/contract/scan.ts'
import { IconButton } from '../../components/button.tsx'
import { formatBytes, formatCount, formatInstant } from '../../lib/format.ts'

interface FolderTableProps {
  folders: readonly LibraryFolder[]
  busy: boolean
  onScan(folder: LibraryFolder): void
  onForget(folder: LibraryFolder): void
  onWatch(folder: LibraryFolder, on: boolean): void
}

/** What is said of a watched folder that is there. */
const watchWords = {
  events: { badge: 'watched', title: 'Changes are picked up while Twinlens is open.' },
  intervals: {
    badge: 'every 10 minutes',
    title: 'The system does not tell of changes on this drive, so it is looked through every ten minutes.',
  },
} as const

interface ActionsProps extends Omit<FolderTableProps, 'folders'> {
  folder: LibraryFolder
}

function Actions({ folder, busy, onScan, onForget, onWatch }: ActionsProps): ReactNode {
  const watched = folder.watch !== 'off'
  return (
    <div className="row" style={{ justifyContent: 'end', gap: 2 }}>
      <IconButton
        label={
          watched ? `Watch ${folder.name} no longer` : `Watch ${folder.name}: pick up changes while Twinlens is open`
        }
        size="small"
        aria-pressed={watched}
        data-testid="folder-watch"
        onClick={() => onWatch(folder, !watched)}
      >
        {watched ? <Eye size={15} aria-hidden /> : <EyeOff size={15} aria-hidden />}
      </IconButton>
      <IconButton
        label={`Scan only ${folder.name}`}
        size="small"
        disabled={busy || folder.state === 'offline'}
        onClick={() => onScan(folder)}
      >
        <RotateCw size={15} aria-hidden />
      </IconButton>
      <IconButton
        label={`Forget ${folder.name}; its photos stay on the disk`}
        size="small"
        data-testid="folder-forget"
        disabled={busy}
        onClick={() => onForget(folder)}
      >
        <FolderMinus size={15} aria-hidden />
      </IconButton>
    </div>
  )
}

export function FolderTable({ folders, ...actions }: FolderTableProps): ReactNode {
  return (
    <table className="table" data-testid="folder-table">
      <thead>
        <tr>
          <th scope="col">Folder</th>
          <th scope="col" className="end">
            Photos
          </th>
          <th scope="col" className="end">
            Size
          </th>
          <th scope="col">Last scan</th>
          <th scope="col">
            <span className="visually-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {folders.map((folder) => (
          <tr key={folder.id} data-testid="folder-row">
            <td>
              <div className="row">
                <div className="folder-name">
                  <strong className="clip">{folder.name}</strong>
                  <span className="soft clip" title={folder.path}>
                    {folder.path}
                  </span>
                </div>
                {folder.state === 'offline' ? (
                  <span className="badge warn" title="The drive is away. Its photos are kept in the library.">
                    <HardDrive size={12} aria-hidden />
                    offline
                  </span>
                ) : null}
                {folder.state === 'online' && (folder.watch === 'events' || folder.watch === 'intervals') ? (
                  <span className="badge" data-testid="folder-watched" title={watchWords[folder.watch].title}>
                    {watchWords[folder.watch].badge}
                  </span>
                ) : null}
              </div>
            </td>
            <td className="end">{formatCount(folder.photos)}</td>
            <td className="end">{formatBytes(folder.bytes)}</td>
            <td>
              {folder.lastScanMs === null ? <span className="soft">not yet</span> : formatInstant(folder.lastScanMs)}
            </td>
            <td>
              <Actions folder={folder} {...actions} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
