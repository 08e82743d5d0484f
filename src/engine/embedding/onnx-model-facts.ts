import { open, type FileHandle } from 'node:fs/promises'

/** What an ONNX file says of itself. */
export interface OnnxModelFacts {
  bytes: number
  /** Of the default operator set; null where the file names none. */
  opset: number | null
  /** Nodes of the main graph, as exported: before ONNX Runtime fuses any. */
  nodes: number
}

/** Field numbers of onnx.proto: ModelProto.graph, ModelProto.opset_import, GraphProto.node, OperatorSetIdProto. */
const graphField = 7
const opsetField = 8
const nodeField = 1
const opsetDomain = 1
const opsetVersion = 2

/**
 * Walks over the file's protobuf fields without reading weights: a field's length tells where the next begins.
 *
 * @throws Error when the file is no ONNX model or can't be read
 */
export async function readOnnxModelFacts(path: string): Promise<OnnxModelFacts> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const reader = new FieldReader(file)
    let opset: number | null = null
    let nodes = 0
    for await (const field of reader.fields(0, size)) {
      if (field.number === opsetField) opset = (await defaultOpset(reader, field)) ?? opset
      if (field.number !== graphField) continue
      for await (const inner of reader.fields(field.from, field.to)) if (inner.number === nodeField) nodes++
    }
    return { bytes: size, opset, nodes }
  } finally {
    await file.close()
  }
}

async function defaultOpset(reader: FieldReader, { from, to }: Field): Promise<number | null> {
  let domain = ''
  let version: number | null = null
  for await (const field of reader.fields(from, to)) {
    if (field.number === opsetDomain) domain = (await reader.bytes(field.from, field.to)).toString('utf8')
    if (field.number === opsetVersion) version = field.value
  }
  return domain === '' || domain === 'ai.onnx' ? version : null
}

interface Field {
  number: number
  /** Of a varint. */
  value: number
  /** Where the content of a length-delimited field lies. */
  from: number
  to: number
}

const windowBytes = 64 * 1024

/** Protobuf wire format: varint (0), 64 bits (1), length-delimited (2), 32 bits (5). */
class FieldReader {
  readonly #file: FileHandle
  #window = Buffer.alloc(0)
  #windowAt = 0

  constructor(file: FileHandle) {
    this.#file = file
  }

  async *fields(from: number, to: number): AsyncGenerator<Field> {
    for (let at = from; at < to;) {
      const key = await this.#varint(at)
      const number = Math.floor(key.value / 8)
      const wire = key.value % 8
      if (number === 0 || ![0, 1, 2, 5].includes(wire)) throw new Error('The file is not an ONNX model.')
      const body = await (wire === 0 || wire === 2 ? this.#varint(key.end) : { value: 0, end: key.end })
      const length = wire === 2 ? body.value : wire === 1 ? 8 : wire === 5 ? 4 : 0
      const end = body.end + length
      if (end > to) throw new Error('The file is not an ONNX model, or is cut short.')
      yield { number, value: wire === 0 ? body.value : 0, from: body.end, to: end }
      at = end
    }
  }

  async bytes(from: number, to: number): Promise<Buffer> {
    const buffer = Buffer.alloc(to - from)
    await this.#file.read(buffer, 0, buffer.length, from)
    return buffer
  }

  async #varint(at: number): Promise<{ value: number; end: number }> {
    let value = 0
    for (let k = 0; k < 10; k++) {
      const byte = await this.#byte(at + k)
      value += (byte & 127) * 2 ** (7 * k)
      if (byte < 128) return { value, end: at + k + 1 }
    }
    throw new Error('The file is not an ONNX model.')
  }

  async #byte(at: number): Promise<number> {
    if (at < this.#windowAt || at >= this.#windowAt + this.#window.length) {
      const window = Buffer.alloc(windowBytes)
      const { bytesRead } = await this.#file.read(window, 0, windowBytes, at)
      this.#window = window.subarray(0, bytesRead)
      this.#windowAt = at
    }
    const byte = this.#window[at - this.#windowAt]
    if (byte === undefined) throw new Error('The file is cut short.')
    return byte
  }
}
