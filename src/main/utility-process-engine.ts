import { MessageChannelMain, utilityProcess } from 'electron'
import { portOverChannel } from '../shared/rpc/message-port.ts'
import type { PortRole } from '../shared/rpc/multiplexer.ts'
import {
  engineArguments,
  engineEnvironment,
  keepLastWords,
  stopLimitMs,
  type EngineEnd,
  type LaunchEngine,
} from './engine-process.ts'

/** The engine as an Electron utility process: the page's messages go to it directly, past the main process. */
export const launchInUtilityProcess: LaunchEngine = (options) => {
  const child = utilityProcess.fork(options.entry, engineArguments(options), {
    serviceName: 'Twinlens engine',
    stdio: ['ignore', 'inherit', 'pipe'],
    env: engineEnvironment(),
  })
  const lastWords = keepLastWords(child.stderr)
  const ended = new Promise<EngineEnd>((resolve) => {
    child.once('exit', (code) => resolve({ code, lastWords: lastWords() }))
  })

  const connect = (role: PortRole) => {
    const { port1, port2 } = new MessageChannelMain()
    child.postMessage({ type: 'connect', role }, [port2])
    return port1
  }

  return {
    connectHost: () => portOverChannel(connect('host')),
    connectPage: () => connect('page'),
    onEnd: (listener) => void ended.then(listener),
    async stop() {
      child.postMessage({ type: 'close' })
      const force = setTimeout(() => child.kill(), stopLimitMs)
      await ended
      clearTimeout(force)
    },
  }
}
