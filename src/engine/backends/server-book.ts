import { X509Certificate, randomUUID } from 'node:crypto'
import { validateHeaderName, validateHeaderValue } from 'node:http'
import { z } from 'zod'
import type { ServerDraft, ServerEntry } from '../../shared/contract/servers.ts'
import { TwinlensError } from '../../shared/errors.ts'
import type { ServerStore, StoredServer } from '../catalog/servers.ts'
import type { ServerAccess } from '../embedding/remote/inference-client.ts'
import { parseServerAddress, type ServerAddress } from '../embedding/remote/server-address.ts'
import type { SecretKeeper } from './secret-keeper.ts'

const Secrets = z.object({ token: z.string().nullable(), headers: z.record(z.string(), z.string()) })
type Secrets = z.infer<typeof Secrets>

const noSecrets: Secrets = { token: null, headers: {} }

/** Headers that carry the request itself, or the token's own. */
const ownHeaders =
  /^(authorization|host|content-.*|transfer-encoding|connection|accept-encoding|inference-header-content-length)$/i

/**
 * The servers that the person entered. What is secret goes sealed into the catalog; where there is no keychain it lives in this
 * object and ends with it. Nothing here is ever logged, and no message repeats a token or a header's value.
 */
export class ServerBook {
  readonly #store: ServerStore
  readonly #keeper: SecretKeeper
  /** Secrets known in clear: entered in this session, or opened in it. */
  readonly #open = new Map<string, Secrets>()
  /** Servers whose sealed secrets could not be opened. */
  readonly #lost = new Set<string>()

  constructor(store: ServerStore, keeper: SecretKeeper) {
    this.#store = store
    this.#keeper = keeper
  }

  list(): ServerEntry[] {
    return this.#store.list().map((server) => this.#entry(server))
  }

  /** Throws `not-found`. */
  get(id: string): ServerEntry {
    return this.#entry(this.#stored(id))
  }

  /**
   * Adds or changes a server. A token or header that the draft leaves out stays, unless the address now names another host:
   * a secret goes only where it was entered for.
   *
   * @throws TwinlensError `invalid-request` (what is wrong with it), `not-found`
   */
  async save(draft: ServerDraft): Promise<ServerEntry> {
    const before = draft.id === null ? null : this.#stored(draft.id)
    const address = parseServerAddress(draft.url, draft.kind)
    const metrics =
      draft.metricsUrl === null || draft.metricsUrl.trim() === '' ? null : metricsAddress(draft.metricsUrl)
    const { url } = address
    const twin = this.#store.list().find((other) => other.kind === draft.kind && other.url === url)
    if (twin !== undefined && twin.id !== draft.id)
      throw new TwinlensError('invalid-request', `${url} is in the list already.`)
    const secrets = mergeSecrets(
      before !== null && mayKeepSecrets(before, address)
        ? await this.#secretsOf(before).catch(() => noSecrets)
        : noSecrets,
      draft,
    )
    const hasSecrets = secrets.token !== null || Object.keys(secrets.headers).length > 0
    const sealed = hasSecrets ? await this.#keeper.seal(JSON.stringify(secrets)) : null
    const certificate =
      draft.certificate === undefined ? (before?.certificate ?? null) : checkCertificate(draft.certificate)
    const stored: StoredServer = {
      id: before?.id ?? randomUUID(),
      kind: draft.kind,
      url,
      model: draft.model?.trim() ? draft.model.trim() : null,
      input: draft.input,
      metricsUrl: metrics,
      enabled: draft.enabled,
      allowUnencrypted: draft.allowUnencrypted,
      hasToken: secrets.token !== null,
      headerNames: Object.keys(secrets.headers),
      certificate,
      sealed,
    }
    this.#lost.delete(stored.id)
    this.#open.delete(stored.id)
    if (hasSecrets) this.#open.set(stored.id, secrets)
    this.#store.put(stored)
    return this.#entry(stored)
  }

  /** Throws `not-found`. */
  forget(id: string): void {
    this.#stored(id)
    this.#open.delete(id)
    this.#lost.delete(id)
    this.#store.remove(id)
  }

  /**
   * Everything needed to speak to it.
   *
   * @throws TwinlensError `not-found`; `not-authorised` when its token is kept but cannot be opened
   */
  async access(id: string): Promise<ServerAccess> {
    const stored = this.#stored(id)
    const { token, headers } = await this.#secretsOf(stored)
    const { kind, url, certificate, metricsUrl, model } = stored
    return { kind, url, token, headers, certificate, metricsUrl, model }
  }

  /** Sentences about secrets that are not kept for good, or were lost. */
  notes(): string[] {
    return this.#store.list().flatMap((server) => {
      if (this.#lost.has(server.id)) return [lostSecrets(server)]
      if (server.sealed !== null || !this.#open.has(server.id)) return []
      return [
        `This computer has no keychain that Twinlens can use: the token and headers for ${server.url} are kept until Twinlens ends, and never written to disk.`,
      ]
    })
  }

  #stored(id: string): StoredServer {
    const found = this.#store.list().find((server) => server.id === id)
    if (found === undefined) throw new TwinlensError('not-found', 'This server is no longer in the list.')
    return found
  }

  #entry({ sealed, certificate, ...server }: StoredServer): ServerEntry {
    // Without a sealed form they were kept for a session that is over.
    const kept = (sealed !== null && !this.#lost.has(server.id)) || this.#open.has(server.id)
    return {
      ...server,
      hasToken: kept && server.hasToken,
      headerNames: kept ? server.headerNames : [],
      hasCertificate: certificate !== null,
    }
  }

  async #secretsOf(stored: StoredServer): Promise<Secrets> {
    const known = this.#open.get(stored.id)
    if (known !== undefined) return known
    if (stored.sealed === null) return noSecrets
    const text = await this.#keeper.open(stored.sealed)
    const secrets = text === null ? null : parseSecrets(text)
    if (secrets === null) {
      this.#lost.add(stored.id)
      throw new TwinlensError('not-authorised', lostSecrets(stored))
    }
    this.#lost.delete(stored.id)
    this.#open.set(stored.id, secrets)
    return secrets
  }
}

/** A secret goes only where it was entered for, and never in the open when that was encrypted. */
function mayKeepSecrets(before: StoredServer, now: ServerAddress): boolean {
  const then = parseServerAddress(before.url, before.kind)
  return then.host === now.host && then.port === now.port && (now.secure || !then.secure)
}

function lostSecrets(server: StoredServer): string {
  return `The token or headers kept for ${server.url} cannot be opened here: they were sealed by another person or computer, or the keychain is locked. Enter them again.`
}

function parseSecrets(text: string): Secrets | null {
  try {
    return Secrets.parse(JSON.parse(text))
  } catch {
    return null
  }
}

function mergeSecrets(before: Secrets, draft: ServerDraft): Secrets {
  const token = draft.token === undefined ? before.token : draft.token?.trim() || null
  const headers = draft.headers === undefined ? before.headers : (draft.headers ?? {})
  if (token !== null && !isHeaderValue(`Bearer ${token}`))
    throw new TwinlensError('invalid-request', 'The token has a character that cannot be sent, such as a line break.')
  for (const [name, value] of Object.entries(headers)) {
    if (!isHeaderName(name))
      throw new TwinlensError('invalid-request', `“${name}” is not a name that a header may have.`)
    if (ownHeaders.test(name))
      throw new TwinlensError(
        'invalid-request',
        `Twinlens sets the header “${name}” itself. For a bearer token use the token’s own field.`,
      )
    if (!isHeaderValue(value))
      throw new TwinlensError(
        'invalid-request',
        `The value of the header “${name}” has a character that cannot be sent.`,
      )
  }
  return { token, headers }
}

function isHeaderName(name: string): boolean {
  try {
    validateHeaderName(name)
    return true
  } catch {
    return false
  }
}

function isHeaderValue(value: string): boolean {
  try {
    validateHeaderValue('x', value)
    return true
  } catch {
    return false
  }
}

function checkCertificate(pem: string | null): string | null {
  if (pem === null || pem.trim() === '') return null
  try {
    return new X509Certificate(pem).raw.length > 0 ? pem : null
  } catch (error) {
    throw new TwinlensError(
      'invalid-request',
      'This is not a certificate in PEM form (it begins with -----BEGIN CERTIFICATE-----).',
      { cause: error },
    )
  }
}

function metricsAddress(text: string): string {
  const url = URL.parse(text.trim())
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw new TwinlensError(
      'invalid-request',
      'The metrics address begins with http:// or https:// and has no password in it.',
    )
  return url.href
}
