import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generateLibrary, listSources, type Part } from '../fixtures/generate-library.ts'
import { Truth } from '../fixtures/generator/truth.ts'

export interface Bench {
  /** Folder for catalogs and results, emptied by whoever uses a part of it. */
  workspace: string
  library: Library
  runs: number
  /** The large sizes too: 100,000 embeddings, 1,000,000 hashes. */
  full: boolean
  say: (line: string) => void
}

export interface Library {
  folder: string
  truth: Truth
  paths: string[]
  bytes: number
  seed: number
  /** Of names, sizes and truth: two results with the same hash were measured on the same library. */
  hash: string
}

/** Counted up when the same options give other files: libraries that were kept are then made anew. */
const generatorVersion = 3

interface Wanted {
  workspace: string
  photos: number
  megapixels: readonly [number, number]
  /** Folder of photos; null: those of the repository. */
  sources: string | null
  seed?: number
  /** Only of this part of the sources. */
  part?: Part | 'all'
}

/** The library of that many photos of that size, generated once and kept in the workspace. */
export async function openLibrary(wanted: Wanted): Promise<Library> {
  const { workspace, photos, megapixels, sources, seed = 7, part = 'all' } = wanted
  const from = sources ?? fileURLToPath(new URL('../fixtures/photos', import.meta.url))
  const files = await listSources(from, part)
  const key = createHash('sha256')
    .update(JSON.stringify([photos, seed, megapixels, files, part, generatorVersion]))
    .digest('hex')
    .slice(0, 10)
  const folder = join(workspace, `library-${photos}-${key}`)
  const truthFile = `${folder}.truth.json`
  let truth: Truth
  try {
    truth = Truth.parse(JSON.parse(await readFile(truthFile, 'utf8')))
  } catch {
    const unfinished = `${folder}.unfinished`
    await rm(unfinished, { recursive: true, force: true })
    await rm(folder, { recursive: true, force: true })
    await mkdir(unfinished, { recursive: true })
    truth = await generateLibrary({ sources: files, directory: unfinished, seed, photos, megapixels, part })
    await rename(unfinished, folder)
    await writeFile(truthFile, JSON.stringify(truth))
  }
  const paths = truth.files.map(({ path }) => join(folder, path))
  const hash = createHash('sha256').update(JSON.stringify(truth))
  let bytes = 0
  for (const path of paths) {
    const { size } = await stat(path)
    bytes += size
    hash.update(`${size}\n`)
  }
  return { folder, truth, paths, bytes, seed, hash: hash.digest('hex').slice(0, 16) }
}

/** An empty folder of that name in the workspace. */
export async function emptyFolder(workspace: string, name: string): Promise<string> {
  const folder = join(workspace, name)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  return folder
}
