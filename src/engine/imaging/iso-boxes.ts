/** A box of an ISO base media file (ISO/IEC 14496-12 section 4.2): Canon's CR3, JPEG XL's container. */
export interface IsoBox {
  type: string
  /** Of a `uuid` box: its 16 bytes in hex; otherwise empty. */
  uuid: string
  /** What it holds, cut off at the end of the file. */
  content: Buffer
}

/** Files hold a few dozen boxes; a hostile one can be all boxes of eight bytes. */
const mostBoxes = 512

/** The boxes that follow each other in `bytes`, at most 512; ends where a size makes no sense. */
export function readBoxes(bytes: Buffer): IsoBox[] {
  const boxes: IsoBox[] = []
  for (let at = 0; at + 8 <= bytes.length && boxes.length < mostBoxes;) {
    let size = bytes.readUInt32BE(at)
    let header = 8
    const type = bytes.toString('latin1', at + 4, at + 8)
    if (size === 1 && at + 16 <= bytes.length) {
      size = Number(bytes.readBigUInt64BE(at + 8))
      header = 16
    } else if (size === 0) size = bytes.length - at // "To the end of the file."
    let uuid = ''
    if (type === 'uuid') {
      uuid = bytes.toString('hex', at + header, at + header + 16)
      header += 16
    }
    if (size < header) break
    boxes.push({ type, uuid, content: bytes.subarray(at + header, Math.min(at + size, bytes.length)) })
    at += size
  }
  return boxes
}

/** The contents of all boxes of these types, one inside the other: `boxesAt(bytes, 'moov', 'trak')`. */
export function boxesAt(bytes: Buffer, ...path: readonly string[]): Buffer[] {
  let level = [bytes]
  for (const type of path) {
    level = level.flatMap((inside) => readBoxes(inside).flatMap((box) => (box.type === type ? [box.content] : [])))
  }
  return level
}
