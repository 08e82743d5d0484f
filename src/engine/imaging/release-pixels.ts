/**
 * Frees pixels at once instead of at the next garbage collection: megabytes a photo outside the heap would make V8 collect all
 * of its heap every few photos. Only for pixels that nothing will read again; afterwards `pixels` is empty. Pixels that share
 * their memory with others (a part of a pool) stay as they are.
 */
export function releasePixels(pixels: Uint8Array): void {
  const { buffer } = pixels
  if (buffer instanceof ArrayBuffer && buffer.byteLength === pixels.byteLength && !buffer.detached) buffer.transfer(0)
}
