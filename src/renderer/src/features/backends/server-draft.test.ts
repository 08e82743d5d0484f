import { describe, expect, it } from 'vitest'
import { ServerDraft, type ServerEntry } from '../../../../shared/contract/servers.ts'
import { emptyForm, formOf, readForm, travelsInTheOpen } from './server-draft.ts'

const entry: ServerEntry = {
  id: 'a',
  kind: 'triton',
  url: 'grpc://10.0.0.5:8004',
  model: null,
  input: 'uint8',
  metricsUrl: null,
  enabled: true,
  allowUnencrypted: false,
  hasToken: true,
  headerNames: ['X-Team'],
  hasCertificate: false,
}

describe('what is typed of a server', () => {
  it('leaves kept secrets alone unless they are typed anew', () => {
    const read = readForm(formOf(entry))
    expect(read).toHaveProperty('draft.url', entry.url)
    expect(read).not.toHaveProperty('draft.token')
    expect(read).not.toHaveProperty('draft.headers')
    expect(readForm({ ...formOf(entry), token: '' })).toHaveProperty('draft.token', null)
    expect(readForm({ ...formOf(entry), token: ' s3cret ' })).toHaveProperty('draft.token', 's3cret')
  })

  it('reads headers a line each and names what it cannot read', () => {
    const form = { ...emptyForm('pytorch'), headers: 'X-Team: photos\n\nX-Key: a:b' }
    expect(readForm(form)).toHaveProperty('draft.headers', { 'X-Team': 'photos', 'X-Key': 'a:b' })
    expect(readForm({ ...form, headers: 'no colon here' })).toHaveProperty('mistake')
    expect(readForm({ ...form, headers: 'bad name: x' })).toHaveProperty('mistake')
  })

  it('asks for consent only where photos could be read on the way', () => {
    for (const url of [
      'http://localhost:8002',
      'grpc://10.1.2.3:8004',
      'http://172.20.0.2',
      'http://[fd00::1]:1',
      'https://example.org',
      'http',
    ])
      expect(travelsInTheOpen(url), url).toBe(false)
    for (const url of ['http://example.org', 'grpc://172.32.0.1:8004', 'http://8.8.8.8:80'])
      expect(travelsInTheOpen(url), url).toBe(true)
  })

  it('makes what the engine accepts, and says what is missing', () => {
    const read = readForm(emptyForm('triton'))
    expect('draft' in read && ServerDraft.safeParse(read.draft).success).toBe(true)
    expect(readForm({ ...emptyForm('triton'), url: '  ' })).toHaveProperty('mistake')
  })
})
