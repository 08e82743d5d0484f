/**
 * An absolute path as text that loses nothing. On Linux a name is bytes; those that are not valid UTF-8 appear as lone
 * surrogates U+DC80–U+DCFF (Python's `surrogateescape`), which no valid name contains. `files/native-path.ts` turns it into
 * what `node:fs` takes; nothing else may hand a FilePath to the file system.
 */
export type FilePath = string

/** For the person's eyes: stray bytes shown as U+FFFD. */
export function displayPath(path: FilePath): string {
  return path.toWellFormed()
}

/** What tells one state of a file from another without reading it. */
export interface FileStamp {
  bytes: number
  /** Nanoseconds since 1970. */
  modifiedNs: bigint
  device: bigint
  inode: bigint
  /** Number of hard links. */
  links: number
}
