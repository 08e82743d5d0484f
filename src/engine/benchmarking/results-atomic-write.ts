import { randomUUID } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'

/**
 * Writes a whole file or nothing: to a new file beside it, flushed to disk, then renamed over it. A crash at any instant leaves
 * the file as it was before or as it is after.
 */
export async function writeAtomically(path: string, text: string): Promise<void> {
  const fresh = `${path}.${randomUUID().slice(0, 8)}.part`
  try {
    const file = await open(fresh, 'wx')
    try {
      await file.writeFile(text, 'utf8')
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(fresh, path)
  } catch (error) {
    await rm(fresh, { force: true })
    throw error
  }
}
