import picomatch from 'picomatch'
import type { ScanOptions } from '../../shared/contract/scan.ts'

/** Says whether a path below its folder (posix separators) or its last name fits. */
type Test = (relative: string, name: string) => boolean

export interface PathFilter {
  /** For folders this prunes everything below. */
  excludes: Test
  /** True when there are no include patterns. A folder that fits includes everything below it. */
  includes: Test
}

/** Names of folders that hold what was thrown away, or what other programs derive from photos. */
const skippedFolder = /^(\.Trash.*|\$RECYCLE\.BIN|System Volume Information|@eaDir|\.thumbnails)$/i

/**
 * Folders that are one document to their program. Removing a file inside damages the document (a Photos library names its
 * originals in a database), and previews inside are no photos of the person's own.
 */
const bundle = /\.(photoslibrary|photolibrary|migratedphotolibrary|aplibrary|lrdata|app)$/i

export function isSkippedFolder(name: string): boolean {
  return skippedFolder.test(name) || bundle.test(name)
}

/** Globs as `ScanOptions` describes them; letter case counts where the file system's does. */
export function compilePatterns(options: Pick<ScanOptions, 'include' | 'exclude'>): PathFilter {
  const excludes = options.exclude.map(compileOne)
  const includes = options.include.map(compileOne)
  return {
    excludes: (relative, name) => excludes.some((test) => test(relative, name)),
    includes: (relative, name) => includes.length === 0 || includes.some((test) => test(relative, name)),
  }
}

function compileOne(pattern: string): Test {
  const nocase = process.platform === 'win32' || process.platform === 'darwin'
  const posix = process.platform === 'win32' ? pattern.replaceAll('\\', '/') : pattern
  const anchored = posix.startsWith('/') || posix.startsWith('./')
  const plain = posix.replace(/^\.?\/+/, '').replace(/\/+$/, '')
  const matches = picomatch(plain, { dot: true, nocase })
  if (anchored || plain.includes('/')) return (relative) => matches(relative)
  return (_relative, name) => matches(name)
}
