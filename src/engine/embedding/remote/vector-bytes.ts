import { valueOfHalf } from './half-float.ts'

/** Types that vectors may come in, and the bytes of a number of each. */
const bytesOf = { FP32: 4, FP16: 2, BF16: 2, FP64: 8 } as const
export type VectorDatatype = keyof typeof bytesOf

export const vectorDatatypes = Object.keys(bytesOf).join(', ')

export function isVectorDatatype(datatype: string): datatype is VectorDatatype {
  return datatype in bytesOf
}

export function vectorBytes(numbers: number, datatype: VectorDatatype): number {
  return numbers * bytesOf[datatype]
}

/** Raw little-endian values as float32; always a copy, since they rarely begin at a multiple of 4. */
export function vectorsFromBytes(bytes: Uint8Array, datatype: VectorDatatype): Float32Array {
  // Not `slice`: of a Buffer it is a view.
  const { buffer } = new Uint8Array(bytes)
  switch (datatype) {
    case 'FP32':
      return new Float32Array(buffer)
    case 'FP64':
      return Float32Array.from(new Float64Array(buffer))
    case 'FP16':
      return Float32Array.from(new Uint16Array(buffer), valueOfHalf)
    case 'BF16':
      // The upper half of a float32.
      return new Float32Array(Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer)
  }
}
