/** The few pieces of protobuf's wire format that the null server's answers are made of. */

function varint(value: number): Buffer {
  const bytes: number[] = []
  // Negative int64 values are ten bytes of two's complement.
  for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
    const low = Number(rest & 127n)
    if (rest < 128n) return Buffer.from([...bytes, low])
    bytes.push(low | 128)
  }
}

/** A length-delimited field. */
export function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([varint(number * 8 + 2), varint(content.length), content])
}

export function text(number: number, content: string): Buffer {
  return field(number, Buffer.from(content))
}

export function varintField(number: number, value: number): Buffer {
  return Buffer.concat([varint(number * 8), varint(value)])
}

/** Repeated integers, packed. */
export function packed(number: number, values: readonly number[]): Buffer {
  return field(number, Buffer.concat(values.map(varint)))
}
