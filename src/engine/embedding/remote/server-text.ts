/** Longest piece of a server's own words in a message. */
const shownLength = 300
/** Most bytes of an error's body that are looked at; FastAPI repeats whole pictures in it. */
export const errorBodyLimit = 16_384

/** Longest name that is shown. */
const nameLength = 120

/** A name that a server tells, fit for a terminal: on one line, without control characters, and not longer than 120. */
export function toldName(text: string): string {
  const name = onOneLine(text)
  return name.length > nameLength ? `${name.slice(0, nameLength)}…` : name
}

function onOneLine(text: string): string {
  return text.replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim()
}

/**
 * A server's own words, fit for a message: its `error`, `detail` or first `msg`, on one line, without the secrets we sent, without
 * long runs of base64, and not longer than 300 characters.
 */
export function serverText(body: Uint8Array, secrets: readonly string[]): string {
  const read = Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, errorBodyLimit)).toString('utf8')
  // What was cut off may end in the first half of a secret.
  const whole = body.length < errorBodyLimit
  const longest = Math.max(0, ...secrets.map((secret) => secret.length))
  const text = whole ? read : read.slice(0, Math.max(0, read.length - longest * 6))
  const said = onOneLine(withoutSecrets(wordsOf(text), secrets).replaceAll(/[A-Za-z0-9+/=_-]{120,}/g, '…'))
  return said.length > shownLength ? `${said.slice(0, shownLength)}…` : said
}

function wordsOf(text: string): string {
  try {
    return wordsIn(JSON.parse(text) as unknown) ?? ''
  } catch {
    // Not JSON, or cut off: a validation error names its message before the input that it repeats.
    const message = /"(?:msg|error|detail)"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1]
    return message ?? text.replaceAll(/<(style|script)[\s\S]*?<\/\1>|<[^>]*>/gi, ' ')
  }
}

function wordsIn(value: unknown): string | null {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) {
    const first: unknown = value[0]
    return wordsIn(first)
  }
  if (typeof value !== 'object' || value === null) return null
  const told = value as Readonly<Record<string, unknown>>
  const words = wordsIn(told['error'] ?? told['detail'] ?? told['msg'] ?? told['message'])
  const place = told['loc']
  return words !== null && Array.isArray(place) ? `${place.join('.')}: ${words}` : words
}

/** A secret may come back as it was sent, in JSON's escapes, or in a URL's. */
function withoutSecrets(text: string, secrets: readonly string[]): string {
  let clean = text
  for (const secret of secrets) {
    // One or two characters protect nothing, and would be cut out of every other word.
    if (secret.length < 3) continue
    for (const form of new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])) {
      clean = clean.replaceAll(form, '•••')
    }
  }
  return clean
}
