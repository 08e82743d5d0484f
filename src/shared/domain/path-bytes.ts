import type { FilePath } from './file-path.ts'

const encoder = new TextEncoder()
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Whether every character of the path is a real one: no stray byte stands in it as a lone surrogate. */
export function isUnicode(path: FilePath): boolean {
  return path.isWellFormed()
}

/**
 * The path as the bytes Linux knows it by (UTF-8; each lone surrogate U+DC80–U+DCFF is the one byte it stands for). Also the
 * form in which the catalog stores paths, as SQLite text would lose stray bytes. Throws RangeError for any other lone
 * surrogate: only Windows has such names, and they never become a FilePath (see `files/walk.ts`).
 */
export function pathToBytes(path: FilePath): Uint8Array {
  if (path.isWellFormed()) return encoder.encode(path)
  const bytes: number[] = []
  for (const character of path) {
    const code = character.codePointAt(0) ?? 0
    if (code >= 0xdc80 && code <= 0xdcff) bytes.push(code - 0xdc00)
    else if (code >= 0xd800 && code <= 0xdfff) {
      throw new RangeError('A path holds half a surrogate pair that stands for no byte.')
    } else bytes.push(...encoder.encode(character))
  }
  return Uint8Array.from(bytes)
}

/** The inverse of `pathToBytes`: every byte string gives a path, and `pathToBytes` gives the same bytes back. */
export function bytesToPath(bytes: Uint8Array): FilePath {
  try {
    return strictDecoder.decode(bytes)
  } catch {
    return decodeWithEscapes(bytes)
  }
}

function decodeWithEscapes(bytes: Uint8Array): FilePath {
  let path = ''
  let at = 0
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at)
    if (length === 0) path += String.fromCharCode(0xdc00 + (bytes[at] ?? 0))
    else path += strictDecoder.decode(bytes.subarray(at, at + length))
    at += length === 0 ? 1 : length
  }
  return path
}

/**
 * Length of the well-formed UTF-8 sequence that starts at `at`, 0 where there is none (Unicode 16, table 3-7: no overlong
 * forms, no surrogates, nothing above U+10FFFF).
 */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0
  if (first < 0x80) return 1
  const length =
    first >= 0xc2 && first <= 0xdf ? 2 : first >= 0xe0 && first <= 0xef ? 3 : first >= 0xf0 && first <= 0xf4 ? 4 : 0
  if (length === 0 || at + length > bytes.length) return 0
  const second = bytes[at + 1] ?? 0
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
  if (second < low || second > high) return 0
  for (let offset = 2; offset < length; offset++) {
    const next = bytes[at + offset] ?? 0
    if (next < 0x80 || next > 0xbf) return 0
  }
  return length
}
