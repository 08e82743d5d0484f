import { copyFile, mkdir, mkdtemp, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'

export const photosFolder = fileURLToPath(new URL('../fixtures/photos', import.meta.url))

export interface SmallLibrary {
  /** Holds the library, catalogs and results of one test. */
  workspace: string
  library: string
}

/** A fresh folder for one test. */
export async function makeWorkspace(name: string): Promise<SmallLibrary> {
  const workspace = await mkdtemp(join(tmpdir(), `twinlens-${name}-`))
  const library = join(workspace, 'library')
  await mkdir(library)
  return { workspace, library }
}

const smallOnes = new Map<string, Promise<Buffer>>()

/** A fixture photo at 640 pixels, made once: decoding the original for every copy would take most of a test's time. */
function smallOf(source: string): Promise<Buffer> {
  const known = smallOnes.get(source)
  if (known !== undefined) return known
  const made = sharp(join(photosFolder, source)).autoOrient().resize(640, 640, { fit: 'cover' }).png().toBuffer()
  smallOnes.set(source, made)
  return made
}

/** A distinct real JPEG: a fixture photo, made small and marked by a number so that no two are alike. */
export async function distinctPhoto(source: string, mark: number, side = 320): Promise<Buffer> {
  const left = 16 + ((mark * 37) % (side - 80))
  const top = 16 + ((mark * 61) % (side - 80))
  const colour = { r: (mark * 47) % 256, g: (mark * 89) % 256, b: (mark * 131) % 256 }
  const stamp = await sharp({ create: { width: 64, height: 64, channels: 3, background: colour } })
    .png()
    .toBuffer()
  return sharp(await smallOf(source))
    .resize(side, side, { fit: 'cover' })
    .composite([{ input: stamp, left, top }])
    .jpeg({ quality: 88 })
    .toBuffer()
}

/** Writes a file with a modification time of so many days before 1 November 2026. */
export async function writeDated(path: string, bytes: Buffer, daysAgo: number): Promise<void> {
  await writeFile(path, bytes)
  const time = new Date(Date.UTC(2026, 10, 1) - daysAgo * 86_400_000)
  await utimes(path, time, time)
}

/** Copies with a time of its own. */
export async function copyDated(from: string, to: string, daysAgo: number): Promise<void> {
  await copyFile(from, to)
  const time = new Date(Date.UTC(2026, 10, 1) - daysAgo * 86_400_000)
  await utimes(to, time, time)
}
