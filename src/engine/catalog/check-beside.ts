import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { CatalogCheck } from '../../shared/contract/catalog.ts'

const entry = new URL(import.meta.url.endsWith('.ts') ? './check-worker.ts' : './check-worker.mjs', import.meta.url)

/** `checkCatalogFiles` of a catalog that is open here, while the work goes on. */
export async function checkBeside(dir: string): Promise<CatalogCheck> {
  const worker = new Worker(entry, { workerData: dir })
  const [answer] = (await once(worker, 'message')) as unknown[]
  return CatalogCheck.parse(answer)
}
