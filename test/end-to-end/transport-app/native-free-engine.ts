import { setTimeout as pause } from 'node:timers/promises'
import { connectPeer } from '../../../src/shared/rpc/peer.ts'
import { hostCalls, hostServices } from '../../../src/shared/contract/host-calls.ts'
import type { StartEngine } from '../../../src/engine/hosts/engine-options.ts'
import { transportCalls } from './calls.ts'

/** A 1 × 1 GIF. */
const picture = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64')

/** An engine that loads no native package: what it proves is the way of the messages, in any Electron. */
export const startNativeFreeEngine: StartEngine = async () => {
  let cancelled = 0
  return {
    connectPage: (port) =>
      void connectPeer(
        port,
        {},
        {
          calls: transportCalls,
          handlers: {
            'numbers.double': ({ values }) => ({ values: values.map((value) => value * 2) }),
            count: async (_params, { signal, report }) => {
              for (let value = 1; !signal.aborted; value++) {
                report(value)
                await pause(5)
              }
              cancelled++
              return null
            },
            cancelled: () => cancelled,
            process: () => ({
              pid: process.pid,
              node: process.versions.node,
              electron: process.versions['electron'] ?? null,
            }),
            crash: () => process.kill(process.pid, 'SIGKILL') && null,
          },
        },
      ),
    connectHost: (port) =>
      void connectPeer(port, hostServices, {
        calls: hostCalls,
        handlers: {
          'host.grantPath': ({ path, purpose }) => ({ grant: `${purpose}:${path}` }),
          'host.addFolders': ({ paths }) => ({ folderIds: paths.map((_path, index) => index + 1) }),
          'host.thumbnail': ({ photoId }) => (photoId === 1 ? { bytes: picture, type: 'image/gif' } : null),
          'host.picture': ({ photoId }) => (photoId === 1 ? { bytes: picture, type: 'image/gif' } : null),
          'host.pathOf': () => null,
        },
      }),
    close: async () => undefined,
  }
}
