import { expect, test } from 'vitest'
import { readCapture } from '../../../../test/fixtures/captures/replay-server.ts'
import { fromGrpcStatus, fromHttpStatus, fromNetworkError } from './server-errors.ts'

// Real: what Triton 24.10 and FastAPI answered, byte for byte.

const context = { address: 'http://gpu-box:8003', secrets: ['s3cr3t-t0ken'] }

test.each([
  ['err-bad-shape', 'server-refused', /unexpected shape for input 'image'/],
  ['err-batch-33', 'server-refused', /must be <= 32/],
  ['err-wrong-input-name', 'server-refused', /unexpected inference input/],
  ['err-header-len-missing', 'server-refused', /parse the request JSON/],
  ['err-malformed-json', 'server-refused', /parse the request JSON/],
  ['err-json-wrong-count', 'server-refused', /Shape does not match/],
  ['err-negative-dim', 'server-refused', /Unable to parse 'shape'/],
  ['err-unknown-model', 'server-refused', /'nope' is not found/],
  ['infer-while-loading', 'server-busy', /no available versions/],
  ['overload-queue-full-03', 'server-busy', /Exceeds maximum queue size/],
  ['queue-timeout-03', 'server-busy', /timeout expired/],
  ['infer-crashes', 'server-failed', /is not healthy/],
] as const)('Triton: %s means %s', async (name, code, message) => {
  const { status, body } = await readCapture('triton-http', name)
  const error = fromHttpStatus(status, body, context)
  expect(error.code).toBe(code)
  expect(error.message).toMatch(message)
  expect(error.message).toMatch(/gpu-box:8003/)
})

test.each([
  ['err-not-image', 'server-refused', /image 0: cannot identify image file/],
  ['err-bad-base64', 'server-refused', /bad base64/],
  ['err-missing', 'server-refused', /body\.images: Field required/],
] as const)('FastAPI: %s means %s', async (name, code, message) => {
  const { status, body } = await readCapture('pytorch', name)
  const error = fromHttpStatus(status, body, context)
  expect(error.code).toBe(code)
  expect(error.message).toMatch(message)
})

test('a 422 that repeats the pictures is told by its message, however it was cut off', async () => {
  const { status, body } = await readCapture('pytorch', 'err-too-many')
  for (const length of [body.length, 700, 300]) {
    const { message } = fromHttpStatus(status, body.subarray(0, length), context)
    expect(message).toMatch(/at most 256 items/)
    expect(message).not.toMatch(/AAAA/)
  }
})

test.each([
  [401, 'not-authorised'],
  [403, 'not-authorised'],
  [407, 'server-unreachable'],
  [408, 'server-timeout'],
  [413, 'server-refused'],
  [429, 'server-busy'],
  [500, 'server-failed'],
  [501, 'server-failed'],
  [502, 'server-busy'],
  [503, 'server-busy'],
  [504, 'server-busy'],
  [302, 'server-refused'],
])('HTTP %i means %s', (status, code) => {
  expect(fromHttpStatus(status, Buffer.from(''), context).code).toBe(code)
})

test('a proxy’s page is shortened to its words', () => {
  const page = `<html><head><style>p{color:red}</style></head><body><h1>502 Bad Gateway</h1>${'<p>x</p>'.repeat(500)}</body></html>`
  const { message } = fromHttpStatus(502, Buffer.from(page), context)
  expect(message).toMatch(/502 Bad Gateway/)
  expect(message).not.toMatch(/[<{]/)
  expect(message.length).toBeLessThan(500)
})

test.each([
  ['plainly', '{"detail":"bad token s3cr3t-t0ken"}'],
  ['in JSON’s escapes', JSON.stringify({ detail: 'x' }).replace('x', 's3cr3t-t0ken')],
  ['in text', 'Authorization: Bearer s3cr3t-t0ken was wrong'],
])('a token that a server repeats %s is cut out', (_, text) => {
  const { message } = fromHttpStatus(401, Buffer.from(text), context)
  expect(message).not.toMatch(/s3cr3t/)
  expect(message).toMatch(/•••/)
})

test('half a token at the end of what was read is cut off as well', () => {
  const spaces = ' '.repeat(16_384 - 'no: '.length - 6)
  const { message } = fromHttpStatus(400, Buffer.from(`no: ${spaces}s3cr3t-t0ken`), context)
  expect(message).not.toMatch(/s3cr3/)
})

test.each([
  [14, 'failed to connect to all addresses; connect ECONNREFUSED 10.0.0.5:8004', 'server-unreachable'],
  [14, 'Exceeds maximum queue size', 'server-busy'],
  [3, 'unexpected shape for input', 'server-refused'],
  [5, "Request for unknown model: 'nope' is not found", 'server-refused'],
  [5, "Request for unknown model: 'slow' has no available versions", 'server-busy'],
  [4, 'Deadline exceeded', 'server-timeout'],
  [8, 'Received message larger than max (20000000 vs 4194304)', 'server-refused'],
  [16, 'no token', 'not-authorised'],
  [13, 'Stub process is not healthy', 'server-failed'],
] as const)('gRPC status %i “%s” means %s', (status, details, code) => {
  expect(fromGrpcStatus(status, details, context).code).toBe(code)
})

test.each([
  ['ECONNREFUSED', 'server-unreachable', /nothing listens/],
  ['ENOTFOUND', 'server-unreachable', /name is not known/],
  ['ECONNRESET', 'server-unreachable', /was cut/],
  ['UND_ERR_CONNECT_TIMEOUT', 'server-unreachable', /firewalls/],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'server-unreachable', /certificate/],
  ['UND_ERR_BODY_TIMEOUT', 'server-timeout', /in time/],
  ['UND_ERR_HEADERS_OVERFLOW', 'server-nonsense', /HTTP server/],
])('%s on the way means %s', (code, expected, message) => {
  const error = fromNetworkError(Object.assign(new Error('low level'), { code }), context)
  expect(error.code).toBe(expected)
  expect(error.message).toMatch(message)
})

test.each([
  [307, /another address/],
  [413, /this size/],
])('HTTP %i says what can be done', (status, advice) => {
  expect(fromHttpStatus(status, Buffer.from(''), context).message).toMatch(advice)
})

test.each([
  [
    'No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:9. Resolution note:',
    /nothing listens/,
  ],
  [
    'No connection established. Last error: Failed to connect (2026-01-01T00:00:00.000Z). Resolution note:',
    /speak gRPC/,
  ],
  [
    'No connection established. Last error: Error: 40BD:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number',
    /speak TLS/,
  ],
])('gRPC’s “%s” is told in a person’s words', (details, words) => {
  const { code, message } = fromGrpcStatus(14, details, context)
  expect(code).toBe('server-unreachable')
  expect(message).toMatch(words)
  expect(message).not.toMatch(/Last error|Resolution note/)
})

test('a server that can’t be reached says so of a proxy that may be the reason', () => {
  const error = Object.assign(new Error('low level'), { code: 'ECONNREFUSED' })
  expect(fromNetworkError(error, { ...context, proxied: true }).message).toMatch(/NO_PROXY/)
  expect(fromNetworkError(error, context).message).not.toMatch(/NO_PROXY/)
})
