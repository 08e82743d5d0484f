import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'

/**
 * [Note: Quarantine]
 *
 * A decoder that crashes takes the engine with it, and nothing can be caught. So before each decode the content hash is
 * written to a small log, and struck out after. Written lines live in the page cache, which outlasts the process, so no
 * fsync is needed. At the next start the hashes that were not struck out are *suspects*: they are decoded one at a time, with
 * nothing else in flight. One that ends the process twice while it was alone is the culprit and is never decoded again.
 * (Twice, because a person may also have killed the process.)
 */
export interface InFlightLog {
  /** Hex content hashes that were being decoded when an earlier process ended, with the number of times it happened alone. */
  readonly suspects: ReadonlyMap<string, number>
  begin(hash: string, alone: boolean): void
  end(hash: string): void
  close(): void
}

const linePattern = /^([+!-])([0-9a-f]{32}) ?(\d*)$/

/** Opens the log at `path` (made when missing), reads the suspects from it and starts it anew with them. */
export function openInFlightLog(path: string): InFlightLog {
  const suspects = existsSync(path) ? readSuspects(readFileSync(path, 'latin1')) : new Map<string, number>()
  const file = openSync(path, 'a', 0o600)
  ftruncateSync(file, 0)
  for (const [hash, times] of suspects) writeSync(file, `+${hash} ${times}\n`)
  return {
    suspects,
    begin(hash, alone) {
      const times = (suspects.get(hash) ?? 0) + (alone ? 1 : 0)
      writeSync(file, `${alone ? '!' : '+'}${hash} ${times}\n`)
    },
    end(hash) {
      suspects.delete(hash)
      writeSync(file, `-${hash}\n`)
    },
    close: () => closeSync(file),
  }
}

function readSuspects(text: string): Map<string, number> {
  const open = new Map<string, number>()
  for (const line of text.split('\n')) {
    const [, mark, hash, times] = linePattern.exec(line) ?? []
    if (hash === undefined) continue
    if (mark === '-') open.delete(hash)
    else open.set(hash, Number(times ?? 0))
  }
  return open
}
