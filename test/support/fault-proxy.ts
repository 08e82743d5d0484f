import { once } from 'node:events'
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net'

/**
 * What the proxy does to a connection from now on, also to those that are open.
 * `refuse`: nobody listens, and what was open is cut. `reset`: cut in the middle of the next request's body. `stall`: nothing is passed
 * on in either direction. `truncate`: the next reply ends early. `drip`: replies pass a few bytes at a time. `garbage`: replies
 * are overwritten, and the connection cut. `500`, `503`: the proxy itself answers, as HTTP/1.1. `wrong-length`: the reply's Inference-Header-Content-Length is
 * made to point elsewhere.
 */
export type Fault =
  'pass' | 'refuse' | 'reset' | 'stall' | 'truncate' | 'drip' | 'garbage' | '500' | '503' | 'wrong-length'

interface Pair {
  client: Socket
  server: Socket
  /** Bytes that went to the server since its last reply. */
  sent: number
  waiting: (() => void)[]
  /** The proxy has answered in the server's place. */
  answered: boolean
}

/** Bytes of a request after which `reset` cuts it. */
const resetAfter = 100_000

/** A TCP proxy before a real server; faults are switched while it runs. */
export class FaultProxy {
  /** Connections that were begun. While nobody listens they can't be counted. */
  connections = 0
  private readonly targetPort: number
  private listener: Server | null = null
  private readonly pairs = new Set<Pair>()
  private current: Fault = 'pass'
  private listeningPort = 0

  private constructor(targetPort: number) {
    this.targetPort = targetPort
  }

  /** Listens on a free port of 127.0.0.1 for a server on another. */
  static async before(targetPort: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(targetPort)
    await proxy.listen()
    return proxy
  }

  get port(): number {
    return this.listeningPort
  }

  get fault(): Fault {
    return this.current
  }

  async switchTo(fault: Fault): Promise<void> {
    const before = this.current
    this.current = fault
    if (fault === 'refuse') return this.endListening()
    if (before === 'refuse') await this.listen()
    for (const pair of this.pairs) for (const go of pair.waiting.splice(0)) go()
  }

  async close(): Promise<void> {
    await this.endListening()
  }

  private async listen(): Promise<void> {
    this.listener = createServer((client) => this.accept(client))
    this.listener.listen(this.listeningPort, '127.0.0.1')
    await once(this.listener, 'listening')
    this.listeningPort = (this.listener.address() as AddressInfo).port
  }

  private async endListening(): Promise<void> {
    const { listener } = this
    this.listener = null
    for (const pair of this.pairs) this.cut(pair)
    if (listener === null) return
    listener.close()
    await once(listener, 'close')
  }

  private accept(client: Socket): void {
    this.connections++
    const server = connect(this.targetPort, '127.0.0.1')
    const pair: Pair = { client, server, sent: 0, waiting: [], answered: false }
    this.pairs.add(pair)
    client.on('data', (bytes: Buffer) => this.toServer(pair, bytes))
    server.on('data', (bytes: Buffer) => this.toClient(pair, bytes))
    for (const socket of [client, server]) {
      socket.setNoDelay(true)
      socket.on('error', () => undefined)
      socket.on('close', () => this.cut(pair))
    }
  }

  private cut(pair: Pair): void {
    this.pairs.delete(pair)
    pair.client.resetAndDestroy()
    pair.server.resetAndDestroy()
  }

  private toServer(pair: Pair, bytes: Buffer): void {
    if (pair.answered) return
    pair.sent += bytes.length
    if (this.current === 'stall') return this.hold(pair, pair.client, () => this.toServer(pair, bytes))
    if (this.current === 'reset' && pair.sent > resetAfter) return this.cut(pair)
    if (this.current === '500' || this.current === '503') return this.answer(pair, Number(this.current))
    pass(pair.client, pair.server, bytes)
  }

  private toClient(pair: Pair, bytes: Buffer): void {
    const beginsReply = pair.sent > 0
    pair.sent = 0
    switch (this.current) {
      case 'stall':
        return this.hold(pair, pair.server, () => this.toClient(pair, bytes))
      case 'truncate':
        pair.client.write(bytes.subarray(0, bytes.length >> 1), () => this.cut(pair))
        return undefined
      case 'garbage':
        // From the beginning of a reply only: what is changed behind its headers nobody could tell from an answer.
        pair.client.write(beginsReply ? garble(bytes) : bytes, () => this.cut(pair))
        return undefined
      case 'wrong-length':
        return pass(pair.server, pair.client, withWrongLength(bytes))
      case 'drip':
        return void this.drip(pair, bytes)
      default:
        return pass(pair.server, pair.client, bytes)
    }
  }

  /** Keeps bytes, in order, until another fault is switched on. */
  private hold(pair: Pair, from: Socket, go: () => void): void {
    from.pause()
    pair.waiting.push(() => {
      from.resume()
      go()
    })
  }

  private async drip(pair: Pair, bytes: Buffer): Promise<void> {
    pair.server.pause()
    const size = Math.max(16, Math.ceil(bytes.length / 20))
    for (let at = 0; at < bytes.length && this.pairs.has(pair); at += size) {
      pair.client.write(bytes.subarray(at, at + size))
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    pair.server.resume()
  }

  /** What still comes of the request is read and dropped: unread bytes would reset the connection before the answer is read. */
  private answer(pair: Pair, status: number): void {
    pair.answered = true
    const body = '{"error":"the proxy says so"}'
    const head = `HTTP/1.1 ${status} Fault\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n`
    pair.client.end(`${head}${status === 503 ? 'retry-after: 0\r\n' : ''}\r\n${body}`)
  }
}

function pass(from: Socket, to: Socket, bytes: Buffer): void {
  if (to.destroyed || to.write(bytes)) return
  from.pause()
  to.once('drain', () => from.resume())
}

function garble(bytes: Buffer): Buffer {
  return Buffer.from(bytes.map((byte, index) => byte ^ ((index * 37 + 11) & 0xff)))
}

const lengthHeader = /(inference-header-content-length: )(\d+)/i

function withWrongLength(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1')
  return Buffer.from(
    text.replace(
      lengthHeader,
      (_, name: string, length: string) => name + String(Number(length) - 7).padStart(length.length, '0'),
    ),
    'latin1',
  )
}
