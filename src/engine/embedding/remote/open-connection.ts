import type { ServerAccess, ServerConnection } from './inference-client.ts'
import { openPytorch } from './pytorch-connection.ts'
import { parseServerAddress } from './server-address.ts'
import { openTritonGrpc } from './triton-grpc-connection.ts'
import { openTritonHttp } from './triton-http-connection.ts'

/**
 * A connection to one address, by its kind and scheme. Nothing is sent before it is asked something.
 *
 * @throws TwinlensError `invalid-request`: the address, a header, the certificate or the proxy setting can't be used
 */
export function openConnection(access: ServerAccess): ServerConnection {
  const { transport } = parseServerAddress(access.url, access.kind)
  if (access.kind === 'pytorch') return openPytorch(access)
  return transport === 'http' ? openTritonHttp(access) : openTritonGrpc(access)
}
