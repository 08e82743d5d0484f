import type { ParityReport } from '../../shared/contract/parity.ts'
import type { ServerDraft, ServerEntry, ServerKind, ServerState } from '../../shared/contract/servers.ts'
import { asTwinlensError, throwIfCancelled, TwinlensError } from '../../shared/errors.ts'
import type { ServerAccess, ServerConnection } from '../embedding/remote/inference-client.ts'
import { exposureOf } from '../embedding/remote/exposure.ts'
import { parseServerAddress } from '../embedding/remote/server-address.ts'
import { checkServer, type CheckParts, type ChosenOffer } from './check-server.ts'
import type { ServerBook } from './server-book.ts'

/** A server that scans may use now. */
export interface ReadyServer extends ChosenOffer {
  entry: ServerEntry
  connection: ServerConnection
  /** As the server tells it. */
  device: string
  provider: string
}

/** What is known of one server in this session. */
interface Life {
  connection: ServerConnection | null
  state: Omit<ServerState, 'entry'>
  /** Checks of one server never overlap. */
  checking: Promise<unknown>
  /** Raised when the server is changed, forgotten or closed. */
  ended: AbortController
}

export interface DeskParts {
  book: ServerBook
  connect(access: ServerAccess): ServerConnection
  /** Called for each check: the local twin may have come or gone since the last one. */
  checkParts(): Promise<CheckParts>
  onChange: () => void
}

const untested: Omit<ServerState, 'entry'> = {
  testing: false,
  report: null,
  trials: [],
  verdict: 'not-compared',
  verdictReason: 'Not tested yet.',
  testedMs: null,
}

/** The servers with what is known of each: connections, reports, verdicts. */
export class ServerDesk {
  readonly #parts: DeskParts
  readonly #lives = new Map<string, Life>()

  constructor(parts: DeskParts) {
    this.#parts = parts
  }

  states(): ServerState[] {
    return this.#parts.book.list().map((entry) => ({ entry, ...(this.#lives.get(entry.id)?.state ?? untested) }))
  }

  /** Enabled servers of a kind. */
  enabled(kind: ServerKind): ServerEntry[] {
    return this.#parts.book.list().filter((entry) => entry.enabled && entry.kind === kind)
  }

  /** Throws what `ServerBook.save` throws. */
  async save(draft: ServerDraft): Promise<ServerEntry> {
    const entry = await this.#parts.book.save(draft)
    await this.#end(entry.id)
    this.#parts.onChange()
    return entry
  }

  async forget(id: string): Promise<void> {
    this.#parts.book.forget(id)
    await this.#end(id)
    this.#parts.onChange()
  }

  /** An open connection to one. Throws `not-found`, `not-authorised` when its token cannot be opened. */
  async connection(id: string): Promise<ServerConnection> {
    const life = this.#life(id)
    life.connection ??= this.#parts.connect(await this.#parts.book.access(id))
    return life.connection
  }

  /** Tests one from scratch: nothing remembered of its speed is used. Throws `not-found`, `cancelled`. */
  async test(id: string, signal?: AbortSignal): Promise<void> {
    await this.#check(this.#parts.book.get(id), 'anew', signal).catch((error: unknown) => {
      if (asTwinlensError(error).code === 'cancelled') throw error
    })
  }

  /**
   * Makes a server ready for photos.
   *
   * @param measure whether its speed must be known
   * @throws TwinlensError why it can't be used: the client's codes, `backend-unusable` (nothing offered that fits; photos would
   *   travel unencrypted), `cancelled`
   */
  async prepare(entry: ServerEntry, measure: boolean, signal?: AbortSignal): Promise<ReadyServer> {
    refuseOpenTravel(entry)
    return this.#check(entry, measure ? 'always' : 'to-choose', signal)
  }

  /** Takes the verdicts of a parity check. */
  takeVerdicts(report: ParityReport): void {
    for (const [id, life] of this.#lives) {
      const { kind, url } = this.#parts.book.get(id)
      const found = report.backends.find(({ backend, ...other }) => other.kind === kind && backend === url)
      if (found === undefined) continue
      life.state = { ...life.state, verdict: found.verdict, verdictReason: found.reason, testedMs: report.checkedMs }
    }
    this.#parts.onChange()
  }

  async close(): Promise<void> {
    await Promise.all([...this.#lives.keys()].map((id) => this.#end(id)))
  }

  #life(id: string): Life {
    let life = this.#lives.get(id)
    if (life === undefined) {
      life = { connection: null, state: untested, checking: Promise.resolve(), ended: new AbortController() }
      this.#lives.set(id, life)
    }
    return life
  }

  #check(entry: ServerEntry, measure: 'anew' | 'always' | 'to-choose', signal?: AbortSignal): Promise<ReadyServer> {
    const life = this.#life(entry.id)
    const either = signal === undefined ? life.ended.signal : AbortSignal.any([signal, life.ended.signal])
    const next = life.checking.then(() => this.#checkNow(entry, life, measure, either))
    life.checking = next.catch(() => undefined)
    return next
  }

  async #checkNow(
    entry: ServerEntry,
    life: Life,
    measure: 'anew' | 'always' | 'to-choose',
    signal: AbortSignal,
  ): Promise<ReadyServer> {
    throwIfCancelled(signal)
    life.state = { ...life.state, testing: true }
    this.#parts.onChange()
    try {
      const connection = await this.connection(entry.id)
      const { report, trials, chosen, problem } = await checkServer(
        entry,
        connection,
        await this.#parts.checkParts(),
        measure,
        signal,
      )
      const verdictReason = problem?.message ?? chosen?.identity.reason ?? ''
      const verdict = chosen?.identity.verdict ?? 'not-compared'
      // A quick look leaves what a full test has found out about the other offers.
      const kept = trials.length === 1 ? mergeTrial(life.state.trials, trials) : trials
      life.state = { testing: false, report, trials: kept, verdict, verdictReason, testedMs: Date.now() }
      if (chosen === null) throw problem ?? new TwinlensError('backend-unusable', `${entry.url} can't be used.`)
      const gpu = report.gpus[0]?.name
      return { ...chosen, entry, connection, provider: report.device, device: gpu ?? report.device }
    } catch (error) {
      life.state = {
        ...life.state,
        testing: false,
        verdictReason: asTwinlensError(error).message,
        testedMs: Date.now(),
      }
      throw error
    } finally {
      this.#parts.onChange()
    }
  }

  async #end(id: string): Promise<void> {
    const life = this.#lives.get(id)
    this.#lives.delete(id)
    life?.ended.abort()
    await life?.checking
    await life?.connection?.close()
  }
}

function mergeTrial(before: ServerState['trials'], [now]: ServerState['trials']): ServerState['trials'] {
  if (now === undefined) return before
  const same = (trial: ServerState['trials'][number]): boolean =>
    trial.offer.model === now.offer.model && trial.offer.format === now.offer.format
  if (!before.some(same)) return [now]
  return before.map((trial) => (same(trial) ? now : { ...trial, chosen: false }))
}

/** Photos go unencrypted to an address that is not private only where the person allowed it. Throws `backend-unusable`. */
export function refuseOpenTravel(entry: ServerEntry): void {
  if (entry.allowUnencrypted) return
  if (exposureOf(parseServerAddress(entry.url, entry.kind)) !== 'unencrypted') return
  throw new TwinlensError(
    'backend-unusable',
    `Photos would travel unencrypted to ${entry.url}, which is not on a private network: anybody on the way could see them. Nothing was sent. Use an https or grpcs address, or allow it for this server.`,
  )
}
