import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { answer, eachInFlight, subjectInput } from './subject.ts'

/** Reading alone: every byte of every file, two files in flight for each core. */
const { paths } = z.object({ paths: z.array(z.string()) }).parse(subjectInput())
let bytes = 0
const started = performance.now()
await eachInFlight(paths, availableParallelism() * 2, async (path) => {
  const { length } = await readFile(path)
  bytes += length
})
answer({ seconds: (performance.now() - started) / 1000, bytes })
