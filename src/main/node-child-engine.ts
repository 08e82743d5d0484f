import { fork } from 'node:child_process'
import { MessageChannelMain } from 'electron'
import { portOverChannel } from '../shared/rpc/message-port.ts'
import { createMultiplexer, joinPorts } from '../shared/rpc/multiplexer.ts'
import {
  engineArguments,
  engineEnvironment,
  keepLastWords,
  stopLimitMs,
  type EngineEnd,
  type LaunchEngine,
} from './engine-process.ts'

/** Time for what a child wrote just before its end to arrive. */
const lastWordsMs = 50

/**
 * The engine on a Node of its own, for an Electron too old to hold it. Messages of the page pass through here, over the
 * child's one stream.
 * @param nodeBinary a Node ≥ 22.14
 */
export function launchInNode(nodeBinary: string): LaunchEngine {
  return (options) => {
    const child = fork(options.entry, engineArguments(options), {
      execPath: nodeBinary,
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      env: engineEnvironment(),
    })
    const lastWords = keepLastWords(child.stderr)
    const multiplexer = createMultiplexer((message) => {
      // A message to a child that has just ended is lost with it; `exit` tells whoever waits.
      if (child.connected) child.send(message, () => undefined)
    })
    child.on('message', (message) => multiplexer.receive(message))
    const ended = new Promise<EngineEnd>((resolve) => {
      // Its last words may still be in the pipe; `close` would say when they are read, but does not come while an old
      // Electron is quitting.
      child.once('exit', (code) => setTimeout(() => resolve({ code, lastWords: lastWords() }), lastWordsMs))
      child.once('error', (error) => resolve({ code: null, lastWords: error.message }))
    })
    void ended.then(() => multiplexer.end())

    return {
      connectHost: () => multiplexer.open('host'),
      connectPage() {
        const { port1, port2 } = new MessageChannelMain()
        joinPorts(portOverChannel(port1), multiplexer.open('page'))
        return port2
      },
      onEnd: (listener) => void ended.then(listener),
      async stop() {
        if (child.connected) child.disconnect()
        const force = setTimeout(() => child.kill('SIGKILL'), stopLimitMs)
        await ended
        clearTimeout(force)
      },
    }
  }
}
