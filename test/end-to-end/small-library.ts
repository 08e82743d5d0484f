import { copyFile, mkdir, mkdtemp, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import sharp from 'sharp'

const photos = path.resolve(import.meta.dirname, '../fixtures/photos')

export interface SmallLibrary {
  root: string
  /** Identical; the first is the oldest. */
  copies: [oldest: string, newer: string, newest: string]
  /** The same picture, saved smaller. */
  resized: [original: string, small: string]
}

/** A few real photos in two folders, two kinds of duplicates among them. */
export async function makeSmallLibrary(): Promise<SmallLibrary> {
  const root = await mkdtemp(path.join(tmpdir(), 'twinlens-photos-'))
  await mkdir(path.join(root, 'Holiday'))
  await mkdir(path.join(root, 'Backup'))
  const at = (...names: string[]): string => path.join(root, ...names)
  const dated = async (file: string, year: number): Promise<void> => {
    const time = new Date(Date.UTC(year, 5, 1, 12))
    await utimes(file, time, time)
  }
  const copies: SmallLibrary['copies'] = [
    at('Holiday', 'wren.jpg'),
    at('Backup', 'wren.jpg'),
    at('Backup', 'wren copy.jpg'),
  ]
  for (const [index, copy] of copies.entries()) {
    await copyFile(path.join(photos, 'canyon-wren.jpg'), copy)
    await dated(copy, 2015 + index)
  }
  const resized: SmallLibrary['resized'] = [at('Holiday', 'hike.jpg'), at('Backup', 'hike small.jpg')]
  await copyFile(path.join(photos, 'extreme-desert-hike.jpg'), resized[0])
  await sharp(resized[0]).resize(640).jpeg({ quality: 70 }).toFile(resized[1])
  for (const name of ['rocket.jpg', 'chelsea.png', 'valley-midnight.jpg'])
    await copyFile(path.join(photos, name), at('Holiday', name))
  return { root, copies, resized }
}
