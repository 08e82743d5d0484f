import { join } from 'node:path'
import { z } from 'zod'
import { openCatalog } from '../../../src/engine/catalog/catalog.ts'
import type { Embedder } from '../../../src/engine/embedding/embedder.ts'
import { openInFlightLog } from '../../../src/engine/files/in-flight-log.ts'
import { analysePhoto } from '../../../src/engine/imaging/analyse.ts'
import { withOneArena } from '../../../src/engine/hosts/one-arena.ts'
import { defaultDecodeLimits } from '../../../src/engine/imaging/limits.ts'
import { startScan } from '../../../src/engine/scan-library.ts'
import { Preprocessing } from '../../../src/shared/contract/photo.ts'
import { ScanOptions } from '../../../src/shared/contract/scan.ts'
import { answer, subjectInput } from './subject.ts'

// As the command runs: malloc and the garbage collector set up the same way.
withOneArena()

/**
 * The local side of a scan through a server, alone: the scan's own stages read, hash and decode each photo to its thumbnail and to the
 * model's pixels and write the catalog; what takes the pixels answers at once, and nothing is compared.
 */
const { folder, catalogDir, preprocessing, dimension } = z
  .object({ folder: z.string(), catalogDir: z.string(), preprocessing: Preprocessing, dimension: z.number() })
  .parse(subjectInput())

const vector = new Float32Array(dimension).fill(1 / Math.sqrt(dimension))
const embedder: Embedder = {
  description: { kind: 'local', model: 'none', provider: 'cpu', device: 'none', fallbackReason: null },
  spaceKey: 'bench:none',
  dimension,
  batchSize: 8,
  concurrency: 8,
  outage: null,
  embed: (pixels) => Promise.resolve(pixels.map(() => vector)),
  onChange: () => undefined,
  close: () => Promise.resolve(),
}

const catalog = openCatalog(catalogDir)
catalog.folders.add(folder)
const log = openInFlightLog(join(catalogDir, 'in-flight.log'))
const scan = startScan(
  catalog.folders.list(),
  ScanOptions.parse({}),
  {
    catalog,
    log,
    limits: defaultDecodeLimits,
    analyse: analysePhoto,
    model: { embedder, preprocessing, describe: () => null },
    local: { possible: false, note: '' },
    onBatch: () => undefined,
    match: () => Promise.resolve(),
    groupCount: () => 0,
  },
  () => undefined,
)
const last = await scan.done
log.close()
catalog.close()
if (last.phase !== 'finished') throw new Error(`the scan ended ${last.phase}`)
const { seconds, cpuSeconds, embedded, framesEmbedded } = last.stats
answer({ seconds, cpuSeconds, pictures: embedded + framesEmbedded })
