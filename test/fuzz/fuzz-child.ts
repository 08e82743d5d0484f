import { z } from 'zod'
import { mutate } from './mutate.ts'
import { makeSeedFiles } from './seed-files.ts'
import { tryFile } from './try-file.ts'

/** Damages and tries files from one number on; says each before it is tried, so that the parent knows which one ended it. */
const input = z.object({ from: z.number(), to: z.number(), only: z.string() }).parse(JSON.parse(process.argv[2] ?? ''))
const seeds = (await makeSeedFiles()).filter(({ name }) => name.startsWith(input.only))
const others = seeds.map(({ bytes }) => bytes)

for (let number = input.from; number < input.to; number++) {
  const seed = seeds[number % seeds.length]
  if (seed === undefined) break
  const key = `${seed.name}/${number}`
  const bytes = mutate(seed.bytes, key, others)
  process.send?.({ kind: 'begun', number, key })
  try {
    const verdict = await tryFile(bytes)
    process.send?.({ kind: 'tried', verdict, residentBytes: process.memoryUsage().rss })
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    process.send?.({ kind: 'finding', key, message, file: bytes.toString('base64') })
  }
}
process.disconnect()
process.exit(0)
