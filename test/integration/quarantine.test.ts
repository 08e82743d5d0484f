import { spawn } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openCatalog } from '../../src/engine/catalog/catalog.ts'
import { nodeBinary } from '../support/run-command.ts'
import { distinctPhoto, makeWorkspace, type SmallLibrary } from '../support/small-library.ts'

// Real: the scan, the catalog and the log of what is being decoded, over processes that really die. Not real: the decoder's
// crash; the child ends itself when it is asked to decode the marked photo.

let place: SmallLibrary
beforeEach(async () => {
  place = await makeWorkspace('quarantine')
})
afterEach(() => rm(place.workspace, { recursive: true, force: true }))

function crashingScan(): Promise<{ signal: string | null; output: string }> {
  const script = fileURLToPath(new URL('../support/crashing-scan.ts', import.meta.url))
  const child = spawn(nodeBinary(), [script, join(place.workspace, 'catalog'), place.library], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (part: string) => (output += part))
  return new Promise((resolve) => child.on('close', (_, signal) => resolve({ signal, output })))
}

test('a photo that crashes the decoder is found out and left alone; the others lose nothing', async () => {
  for (let k = 0; k < 20; k++)
    await writeFile(join(place.library, `${k}.jpg`), await distinctPhoto('blue-periwinkle.jpg', k))
  const culprit = Buffer.concat([await distinctPhoto('abstract-spiral.jpg', 99), Buffer.from('CRASHES-THE-DECODER')])
  await writeFile(join(place.library, '7-culprit.jpg'), culprit)
  let crashes = 0
  let last = await crashingScan()
  while (last.signal !== null && crashes < 10) {
    crashes++
    last = await crashingScan()
  }
  expect(crashes).toBe(3)
  expect(JSON.parse(last.output)).toMatchObject({ phase: 'finished', stats: { photos: 20, unreadable: 1 } })
  const catalog = openCatalog(join(place.workspace, 'catalog'))
  const { files } = catalog.photos.unreadable(0, 10)
  catalog.close()
  expect(files.map(({ path, code }) => [path, code])).toEqual([
    [join(place.library, '7-culprit.jpg'), 'decoder-crashed'],
  ])
  expect((await crashingScan()).signal).toBe(null)
}, 60_000)
