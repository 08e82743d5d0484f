declare module 'heic-decode' {
  interface DecodedImage {
    width: number
    height: number
    data: Uint8ClampedArray<ArrayBuffer>
  }
  interface PendingImage {
    width: number
    height: number
    decode(): Promise<DecodedImage>
  }
  interface HeicDecode {
    (input: { buffer: Uint8Array }): Promise<DecodedImage>
    all(input: { buffer: Uint8Array }): Promise<PendingImage[] & { dispose(): void }>
  }
  const heicDecode: HeicDecode
  export default heicDecode
}
