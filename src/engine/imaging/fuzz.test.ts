import { expect, test } from 'vitest'
import { mutate } from '../../../test/fuzz/mutate.ts'
import { makeSeedFiles } from '../../../test/fuzz/seed-files.ts'
import { tryFile } from '../../../test/fuzz/try-file.ts'

// Real: every decoder. Damage is seeded: a failure names the file, which `npm run fuzz` makes again. That command tries more of
// them, in a process that may crash; here a crash would end the test's own.

const seeds = await makeSeedFiles()
const others = seeds.map(({ bytes }) => bytes)

test.for(seeds)('damaged $name is shown or listed with a reason, 12 ways', async ({ name, bytes }) => {
  expect(await tryFile(bytes)).toBe('shown')
  for (let number = 0; number < 12; number++) {
    const key = `${name}/${number}`
    const verdict = await tryFile(mutate(bytes, key, others)).catch((cause: unknown) => {
      throw new Error(`mutation ${key}`, { cause })
    })
    expect(['shown', 'listed']).toContain(verdict)
  }
})
