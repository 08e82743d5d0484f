import { createRequire } from 'node:module'

/**
 * [Note: Packages loaded late]
 * Only servers and downloads need these, and loading them with everything else would be a third of the engine's start. Node
 * keeps what is loaded, so asking again costs nothing.
 */
const load = createRequire(import.meta.url)

export function undici(): typeof import('undici') {
  return load('undici') as typeof import('undici')
}

export function grpc(): typeof import('@grpc/grpc-js') {
  return load('@grpc/grpc-js') as typeof import('@grpc/grpc-js')
}

export function protoLoader(): typeof import('@grpc/proto-loader') {
  return load('@grpc/proto-loader') as typeof import('@grpc/proto-loader')
}
