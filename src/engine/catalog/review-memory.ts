import type { Decision } from '../../shared/contract/groups.ts'
import type { Connection } from './database.ts'

/** Two contents; in either order. */
export interface ContentPair {
  a: number
  b: number
}

/** What the person said. Dismissals name contents (ids of `contents`), so they hold wherever the content turns up. */
export interface ReviewMemory {
  loadDecisions(): Map<number, 'keep' | 'remove'>
  /** Keeps a batch in one transaction; `undecided` forgets; files that are gone are left out. */
  decide(batch: readonly { fileId: number; decision: Decision }[]): void
  /** "Not duplicates", in one transaction. */
  dismiss(pairs: readonly ContentPair[]): void
  undismiss(pairs: readonly ContentPair[]): void
  /** Every dismissed pair, a ≤ b; a content with itself stands for its identical files. */
  loadDismissed(): ContentPair[]
}

export function createReviewMemory(connection: Connection): ReviewMemory {
  const load = connection.prepare<[], { fileId: number; decision: 'keep' | 'remove' }>(
    'SELECT file_id AS fileId, decision FROM decisions',
  )
  const upsert = connection.prepare(`
    INSERT INTO decisions (file_id, decision) SELECT id, ? FROM files WHERE id = ?
    ON CONFLICT DO UPDATE SET decision = excluded.decision`)
  const forget = connection.prepare('DELETE FROM decisions WHERE file_id = ?')
  const dismiss = connection.prepare('INSERT INTO dismissed (a, b) VALUES (?, ?) ON CONFLICT DO NOTHING')
  const undismiss = connection.prepare('DELETE FROM dismissed WHERE a = ? AND b = ?')
  const loadDismissed = connection.prepare<[], ContentPair>('SELECT a, b FROM dismissed ORDER BY a, b')
  const forEachPair = (pairs: readonly ContentPair[], run: (low: number, high: number) => void): void => {
    connection.transaction(() => {
      for (const { a, b } of pairs) run(Math.min(a, b), Math.max(a, b))
    })()
  }
  return {
    loadDecisions: () => new Map(load.all().map((row) => [row.fileId, row.decision])),
    decide(batch) {
      connection.transaction(() => {
        for (const { fileId, decision } of batch) {
          if (decision === 'undecided') forget.run(fileId)
          else upsert.run(decision, fileId)
        }
      })()
    },
    dismiss: (pairs) => forEachPair(pairs, (low, high) => dismiss.run(low, high)),
    undismiss: (pairs) => forEachPair(pairs, (low, high) => undismiss.run(low, high)),
    loadDismissed: () => loadDismissed.all(),
  }
}
