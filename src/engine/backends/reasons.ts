import type { ModelSpec } from '../../shared/contract/models.ts'
import type { ServerKind } from '../../shared/contract/servers.ts'
import { TwinlensError } from '../../shared/errors.ts'
import type { InstalledModel } from '../local-backend.ts'
import type { ReadyServer } from './server-desk.ts'

const kindTitles: Record<ServerKind, string> = { pytorch: 'PyTorch', triton: 'Triton' }

/** Why a mode has no server to use: the one problem, or all of them. */
export function unusable(kind: ServerKind, problems: readonly TwinlensError[]): TwinlensError {
  const [first, ...others] = problems
  const title = kindTitles[kind]
  if (first === undefined)
    return new TwinlensError('backend-unusable', `No ${title} server is set up or enabled. Add its address first.`)
  if (others.length === 0) return first
  const list = problems.map(({ message }) => message).join(' ')
  return new TwinlensError('backend-unusable', `None of the ${problems.length} ${title} servers can be used. ${list}`)
}

/** Why `auto` passes a server by that works: its vectors were not compared with the local twin's, or are others. */
export function unranked({ client, identity }: ReadyServer, twin: InstalledModel | null, spec: ModelSpec): string[] {
  if (identity.spaceKey === twin?.spaceKey) return []
  if (twin !== null) return [`${client.address} is passed by. ${identity.reason}`]
  return [
    `${client.address} could not be compared: ${spec.title}, the model that servers run, is not on this computer. Fetch it, or choose the server yourself.`,
  ]
}

export function joined(sentences: readonly string[]): string | null {
  return sentences.length === 0 ? null : sentences.join(' ')
}
