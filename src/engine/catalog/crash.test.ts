import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { openCatalog } from './catalog.ts'

const writer = fileURLToPath(new URL('./crash-writer.ts', import.meta.url))

/** Writes until `killAfterMs` after the first batch, then SIGKILL; resolves with the last batch it said it had kept. */
function writeUntilKilled(dir: string, first: number, killAfterMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [writer, dir, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    let timer: NodeJS.Timeout | undefined
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      timer ??= setTimeout(() => child.kill('SIGKILL'), killAfterMs)
    })
    child.on('error', reject)
    child.on('close', () => {
      clearTimeout(timer)
      const lines = said.split('\n').slice(0, -1)
      if (lines.length === 0) reject(new Error('The writer ended before its first batch.'))
      else resolve(Number(lines.at(-1)))
    })
  })
}

// Real: the process, the kill, the files. Power loss is not tested here: that is SQLite's `synchronous = FULL`.
test('a process that is killed at any instant leaves a sound catalog of whole batches', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'twinlens-crash-'))
  try {
    let next = 0
    for (let round = 0; round < 12; round++) {
      const last = await writeUntilKilled(dir, next, Math.random() * 120)
      const catalog = openCatalog(dir)
      const perBatch = new Map<number, number>()
      const contentIds: number[] = []
      for (const { path, contentId } of catalog.photos.loadPhotos()) {
        const batch = Number(path.split('/')[2])
        perBatch.set(batch, (perBatch.get(batch) ?? 0) + 1)
        contentIds.push(contentId)
      }
      expect(new Set(perBatch.values())).toEqual(new Set([20]))
      // Whatever was said to be kept is there; the batch in flight may be, too.
      expect(perBatch.size).toBeGreaterThanOrEqual(last + 1)
      expect(perBatch.size).toBeLessThanOrEqual(last + 2)
      next = perBatch.size
      const spaceId = catalog.embeddings.space('crash')
      expect(catalog.embeddings.missing(spaceId, contentIds)).toEqual([])
      expect(contentIds.filter((id) => catalog.thumbnails.read(id) === null)).toEqual([])
      catalog.close()
      const raw = new Database(join(dir, 'catalog.sqlite'), { readonly: true })
      expect(raw.pragma('integrity_check', { simple: true })).toBe('ok')
      expect(raw.pragma('foreign_key_check')).toEqual([])
      raw.close()
    }
  } finally {
    rmSync(dir, { recursive: true })
  }
})
