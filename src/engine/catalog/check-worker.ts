import { parentPort, workerData } from 'node:worker_threads'
import { checkCatalogFiles } from './check-files.ts'

/** Checks the catalog folder that it is given, on a thread of its own: SQLite blocks the one that asks. */
parentPort?.postMessage(checkCatalogFiles(String(workerData)))
