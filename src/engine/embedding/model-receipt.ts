import { readFile, rename, writeFile } from 'node:fs/promises'
import { z } from 'zod'

/** What is known of a model file in the person's folder; kept as `<file>.json` beside it. */
const Receipt = z.object({
  /** `<bytes>:<mtime in ns>` of the file when it was hashed. */
  stamp: z.string(),
  /** Of the file as it is; differs from the manifest's for an import that was exported elsewhere. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})
export type Receipt = z.infer<typeof Receipt>

function receiptPath(modelPath: string): string {
  return `${modelPath}.json`
}

/** The receipt of a model file, or null where there is none that can be read. */
export async function readReceipt(modelPath: string): Promise<Receipt | null> {
  try {
    return Receipt.parse(JSON.parse(await readFile(receiptPath(modelPath), 'utf8')))
  } catch {
    return null
  }
}

/** Written whole or not at all. */
export async function writeReceipt(modelPath: string, receipt: Receipt): Promise<void> {
  const path = receiptPath(modelPath)
  await writeFile(`${path}.new`, `${JSON.stringify(receipt)}\n`)
  await rename(`${path}.new`, path)
}
