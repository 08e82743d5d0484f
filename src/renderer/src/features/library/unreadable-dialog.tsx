import { useCallback, useEffect, useReducer, useRef, type ReactNode } from 'react'
import { Modal } from '../../components/modal.tsx'
import { VirtualList } from '../../components/virtual-list.tsx'
import { attempt, callEngine } from '../../lib/engine.ts'
import { formatPlural } from '../../lib/format.ts'
import { initialPages, missingPages, pageSize, reducePages, type PagedList } from './paged-list.ts'
import { unreadableWords } from './unreadable-words.ts'
import type { UnreadableFile } from '../../../../shared/contract/scan.ts'

const initial: PagedList<UnreadableFile> = initialPages
const reduce = reducePages<UnreadableFile>

/** The files that could not be read, each with its reason. Mount it to open it. */
export function UnreadableDialog({ onClose }: { onClose(): void }): ReactNode {
  const [list, send] = useReducer(reduce, initial)
  const asked = useRef(new Set<number>())
  const load = useCallback((page: number) => {
    if (asked.current.has(page)) return
    asked.current.add(page)
    void attempt('list the unreadable files', async () => {
      const { total, files } = await callEngine('library.unreadable', { offset: page * pageSize, limit: pageSize })
      send({ type: 'page-read', page, total, items: files })
    })
  }, [])
  useEffect(() => load(0), [load])
  const onVisible = useCallback(
    (first: number, last: number) => {
      for (const page of missingPages(list, first, last)) load(page)
    },
    [list, load],
  )
  return (
    <Modal
      open
      wide
      onClose={onClose}
      title={formatPlural(list.total, 'file that could not be read', 'files that could not be read')}
      about="They are left as they are, and take no part in the comparison. The rest of the scan is complete."
    >
      <VirtualList
        label="Unreadable files"
        className="unreadable-list"
        items={list.items}
        keyOf={(_, index) => index}
        estimate={() => 48}
        onVisible={onVisible}
        render={(file) =>
          file === null ? (
            <div className="unreadable-row">…</div>
          ) : (
            <div className="unreadable-row" data-testid="unreadable-row">
              <span className="badge warn">{unreadableWords[file.code]}</span>
              <div className="grow">
                <p className="clip">
                  <strong>{file.name}</strong> <span className="soft">{file.folder}</span>
                </p>
                <p className="soft">{file.message}</p>
              </div>
            </div>
          )
        }
      />
    </Modal>
  )
}
