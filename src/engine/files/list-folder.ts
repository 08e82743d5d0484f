import { Buffer } from 'node:buffer'
import type { BigIntStats } from 'node:fs'
import { lstat, readdir, stat } from 'node:fs/promises'
import type { FilePath, FileStamp } from '../../shared/domain/file-path.ts'
import { isUnicode } from '../../shared/domain/path-bytes.ts'
import { systemCode } from './file-errors.ts'
import { fromNativePath, joinPath, toNativePath } from './native-path.ts'

/** How many files of one folder are asked for their state at the same time. */
const statsAtOnce = 32

/** One name in a folder with what the file system says about it. */
export interface Listed {
  name: string
  path: FilePath
  /** Of the link's target where a link was followed; an error where the state could not be had. */
  state: BigIntStats | { error: unknown }
  isLink: boolean
}

export function stampOf(state: BigIntStats): FileStamp {
  return {
    bytes: Number(state.size),
    modifiedNs: state.mtimeNs,
    device: state.dev,
    inode: state.ino,
    links: Number(state.nlink),
  }
}

/**
 * The names in a folder, sorted by UTF-16 code units so that every walk of the same tree gives the same order. Names that
 * are not valid UTF-8 come in the FilePath form. Throws what `readdir` throws.
 */
export async function readNames(folder: FilePath): Promise<string[]> {
  const native = toNativePath(folder)
  let names: string[] | null = null
  if (typeof native === 'string') {
    names = await readdir(native)
    // U+FFFD is what Node puts for bytes it cannot decode (or a real character: then the second reading changes nothing).
    if (process.platform !== 'win32' && names.some((name) => name.includes('\uFFFD'))) names = null
  }
  names ??= (await readdir(native, { encoding: 'buffer' })).map((name) => fromNativePath(Buffer.from(name)))
  return names.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

/** Looks at each name, at most 32 at a time; the answer keeps the order of the names. */
export async function lookAt(folder: FilePath, names: string[], followLinks: boolean): Promise<Listed[]> {
  const listed: Listed[] = []
  let next = 0
  const lookOn = async (): Promise<void> => {
    for (let at = next++; at < names.length; at = next++) {
      const name = names[at] ?? ''
      listed[at] = await lookAtOne(folder, name, followLinks)
    }
  }
  await Promise.all(Array.from({ length: Math.min(statsAtOnce, names.length) }, lookOn))
  return listed
}

async function lookAtOne(folder: FilePath, name: string, followLinks: boolean): Promise<Listed> {
  const path = joinPath(folder, name)
  if (process.platform === 'win32' && !isUnicode(name)) {
    return { name, path, isLink: false, state: { error: new Error('its name holds half a character') } }
  }
  let isLink = false
  try {
    let state = await lstat(toNativePath(path), { bigint: true })
    isLink = state.isSymbolicLink()
    if (isLink && followLinks) state = await stat(toNativePath(path), { bigint: true })
    return { name, path, isLink, state }
  } catch (error) {
    return { name, path, isLink: isLink || systemCode(error) === 'ELOOP', state: { error } }
  }
}
