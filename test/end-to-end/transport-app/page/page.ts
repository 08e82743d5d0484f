import '../../../../src/renderer/src/lib/strict-policy.ts'
import type { Client } from '../../../../src/shared/rpc/client.ts'
import { connectPeer } from '../../../../src/shared/rpc/peer.ts'
import { pagePort, onEnginePort } from '../../../../src/renderer/src/lib/page-port.ts'
import type { Port } from '../../../../src/shared/rpc/frames.ts'
import { transportCalls } from '../calls.ts'

export interface TransportPage {
  /** How many engine ports have come. */
  ports: number
  engine: Client<typeof transportCalls> | null
}

declare global {
  interface Window {
    transport: TransportPage
  }
}

window.transport = { ports: 0, engine: null }
let current: Port | null = null
onEnginePort((channel) => {
  current?.close()
  current = pagePort(channel)
  window.transport.ports++
  window.transport.engine = connectPeer(current, transportCalls)
})
window.twinlens.requestEnginePort()
