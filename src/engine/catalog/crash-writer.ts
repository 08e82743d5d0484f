import { writeSync } from 'node:fs'
import { openCatalog } from './catalog.ts'
import { samplePhoto } from './sample-records.ts'

/** Run by the crash test as a process of its own: writes batches of 20 photos until it is killed, saying each on stdout. */
const [, , dir = '', first = '0'] = process.argv
const catalog = openCatalog(dir)
const spaceId = catalog.embeddings.space('crash')
const folderId = catalog.folders.add('/p')
const scanId = catalog.photos.nextScanId()
for (let batch = Number(first); ; batch++) {
  const records = Array.from({ length: 20 }, (_, n) =>
    samplePhoto({ folderId, path: `/p/${batch}/${n}`, scanId }, `${batch} ${n}`, {
      spaceId,
      vector: new Float32Array(256).fill(batch),
    }),
  )
  catalog.photos.record(records)
  writeSync(1, `${batch}\n`)
}
