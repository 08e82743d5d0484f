import { join } from 'node:path'
import { ScanOptions } from '../../src/shared/contract/scan.ts'
import { openCatalog } from '../../src/engine/catalog/catalog.ts'
import { openInFlightLog } from '../../src/engine/files/in-flight-log.ts'
import { analysePhoto } from '../../src/engine/imaging/analyse.ts'
import { defaultDecodeLimits } from '../../src/engine/imaging/limits.ts'
import { startScan } from '../../src/engine/scan-library.ts'

// A scan whose decoder ends the whole process on a photo that carries a mark, as a bug in a native decoder would.
// Arguments: catalog folder, library folder. Prints the last progress frame.

const [catalogDir = '', library = ''] = process.argv.slice(2)
const catalog = openCatalog(catalogDir)
catalog.folders.add(library)
const scan = startScan(
  catalog.folders.list(),
  ScanOptions.parse({}),
  {
    catalog,
    log: openInFlightLog(join(catalogDir, 'in-flight.log')),
    limits: defaultDecodeLimits,
    analyse: (bytes, options) => {
      if (bytes.includes('CRASHES-THE-DECODER')) process.kill(process.pid, 'SIGKILL')
      return analysePhoto(bytes, options)
    },
    model: null,
    local: { possible: false, note: '' },
    onBatch: () => undefined,
    match: () => Promise.resolve(),
    groupCount: () => 0,
  },
  () => undefined,
)
console.log(JSON.stringify(await scan.done))
catalog.close()
process.exit(0)
