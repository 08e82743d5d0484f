import type { InputFormat, ServerDraft, ServerEntry, ServerKind } from '../../../../shared/contract/servers.ts'

/** The fields of the server dialog as they are typed. */
export interface ServerForm {
  id: string | null
  kind: ServerKind
  url: string
  model: string
  input: 'auto' | InputFormat
  metricsUrl: string
  allowUnencrypted: boolean
  enabled: boolean
  /** Null: leave what is kept. */
  token: string | null
  /** One `Name: value` a line. Null: leave what is kept. */
  headers: string | null
  certificate: string | null
}

export function emptyForm(kind: ServerKind): ServerForm {
  return {
    id: null,
    kind,
    url: kind === 'pytorch' ? 'http://localhost:8002' : 'http://localhost:8003',
    model: '',
    input: 'auto',
    metricsUrl: kind === 'triton' ? 'http://localhost:8005' : '',
    allowUnencrypted: false,
    enabled: true,
    token: '',
    headers: '',
    certificate: '',
  }
}

/** What is kept of a server, ready to be changed. Its secrets are not known here; they stay unless typed anew. */
export function formOf(entry: ServerEntry): ServerForm {
  return {
    id: entry.id,
    kind: entry.kind,
    url: entry.url,
    model: entry.model ?? '',
    input: entry.input,
    metricsUrl: entry.metricsUrl ?? '',
    allowUnencrypted: entry.allowUnencrypted,
    enabled: entry.enabled,
    token: entry.hasToken ? null : '',
    headers: entry.headerNames.length > 0 ? null : '',
    certificate: entry.hasCertificate ? null : '',
  }
}

const privateHost =
  /^(localhost|.*\.local(host)?|127\.|10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|\[(::1|f[cd][\da-f]*:|fe80:))/i

/** Whether photos might go unencrypted to an address that is not private; the engine decides and refuses, this only asks early. */
export function travelsInTheOpen(url: string): boolean {
  const host = /^(?:http|grpc):\/\/([^/]+)/i.exec(url.trim())?.[1]
  return host !== undefined && !privateHost.test(host)
}

/** `Name: value` lines as a record; the first line that is none is named. */
function readHeaders(text: string): { headers: Record<string, string> } | { mistake: string } {
  const headers: Record<string, string> = {}
  for (const line of text.split('\n').map((part) => part.trim())) {
    if (line === '') continue
    const at = line.indexOf(':')
    const name = line.slice(0, at).trim()
    if (at <= 0 || !/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) {
      return { mistake: 'Write each header as “Name: value” on a line of its own.' }
    }
    headers[name] = line.slice(at + 1).trim()
  }
  return { headers }
}

/** What is typed, as the engine takes it; or the words for what is missing. */
export function readForm(form: ServerForm): { draft: ServerDraft } | { mistake: string } {
  const url = form.url.trim()
  if (url === '') return { mistake: 'Enter the server’s address, for example http://192.168.1.20:8003.' }
  const headers = form.headers === null ? null : readHeaders(form.headers)
  if (headers !== null && 'mistake' in headers) return headers
  const secret = (text: string | null): string | null => (text === null || text.trim() === '' ? null : text.trim())
  return {
    draft: {
      id: form.id,
      kind: form.kind,
      url,
      model: secret(form.model),
      input: form.input,
      metricsUrl: form.kind === 'triton' ? secret(form.metricsUrl) : null,
      allowUnencrypted: form.allowUnencrypted,
      enabled: form.enabled,
      ...(form.token === null ? {} : { token: secret(form.token) }),
      ...(headers === null ? {} : { headers: Object.keys(headers.headers).length === 0 ? null : headers.headers }),
      ...(form.certificate === null ? {} : { certificate: secret(form.certificate) }),
    },
  }
}
