import { expect, test } from 'vitest'
import { exposureOf } from './exposure.ts'
import { parseServerAddress } from './server-address.ts'

test.each([
  ['gpu-box', 'pytorch', 'http://gpu-box:8002'],
  ['gpu-box', 'triton', 'http://gpu-box:8003'],
  ['gpu-box:9000', 'pytorch', 'http://gpu-box:9000'],
  ['10.0.0.5:8004', 'triton', 'grpc://10.0.0.5:8004'],
  ['10.0.0.5:8003', 'triton', 'http://10.0.0.5:8003'],
  ['grpc://gpu-box', 'triton', 'grpc://gpu-box:8004'],
  ['grpcs://gpu.example.com', 'triton', 'grpcs://gpu.example.com:443'],
  ['  HTTPS://GPU.Example.com/clip/  ', 'pytorch', 'https://gpu.example.com:443/clip'],
  ['http://gpu-box:80', 'triton', 'http://gpu-box:80'],
  ['https://gpu-box:8443/a/b', 'triton', 'https://gpu-box:8443/a/b'],
  ['[::1]:8003', 'triton', 'http://[::1]:8003'],
  ['::1', 'pytorch', 'http://[::1]:8002'],
  ['http://[FD00::5]', 'triton', 'http://[fd00::5]:8003'],
  ['http://bücher.example', 'pytorch', 'http://xn--bcher-kva.example:8002'],
] as const)('“%s” for %s is %s, and reads back as itself', (text, kind, url) => {
  expect(parseServerAddress(text, kind).url).toBe(url)
  expect(parseServerAddress(url, kind).url).toBe(url)
})

test.each([
  ['', 'triton', /Enter the address/],
  ['ftp://gpu-box', 'pytorch', /begins with http/],
  ['http://gpu-box:8003?x=1', 'triton', /“\?”/],
  ['http://gpu-box#x', 'triton', /“#”/],
  ['gpu box', 'triton', /no spaces/],
  ['http://gpu-box:0', 'triton', /between 1 and 65535/],
  ['http://gpu-box:99999', 'triton', /between 1 and 65535/],
  ['http://', 'triton', /not an address/],
  ['http://[::1', 'triton', /not an address/],
  ['a:b:c', 'triton', /not an address/],
  ['grpc://gpu-box/path', 'triton', /no path/],
  ['grpc://gpu-box', 'pytorch', /not gRPC/],
] as const)('“%s” for %s is refused with what is wrong', (text, kind, message) => {
  const parse = (): unknown => parseServerAddress(text, kind)
  expect(parse).toThrowError(expect.objectContaining({ code: 'invalid-request' }))
  expect(parse).toThrowError(message)
})

test.each(['http://anna:hunter2@gpu-box:8003', 'anna:hunter2@gpu-box', 'https://hunter2@gpu-box'])(
  'a password in %s is refused with advice, and not repeated',
  (text) => {
    const parse = (): unknown => parseServerAddress(text, 'triton')
    expect(parse).toThrowError(/token/)
    expect(parse).not.toThrowError(/hunter2/)
  },
)

test.each([
  ['127.0.0.1', 'this-machine'],
  ['localhost', 'this-machine'],
  ['app.localhost', 'this-machine'],
  ['[::1]', 'this-machine'],
  ['[::ffff:127.0.0.1]', 'this-machine'],
  ['127.1', 'this-machine'],
  ['10.1.2.3', 'private-network'],
  ['172.16.0.1', 'private-network'],
  ['172.31.255.255', 'private-network'],
  ['192.168.1.20', 'private-network'],
  ['169.254.7.7', 'private-network'],
  ['100.64.0.1', 'private-network'],
  ['100.127.255.255', 'private-network'],
  ['[fd12::1]', 'private-network'],
  ['[fe80::1]', 'private-network'],
  ['[::ffff:10.0.0.1]', 'private-network'],
  ['gpu-box', 'private-network'],
  ['gpu-box.local', 'private-network'],
  ['gpu-box.local.', 'private-network'],
  ['172.32.0.1', 'unencrypted'],
  ['100.128.0.1', 'unencrypted'],
  ['8.8.8.8', 'unencrypted'],
  ['[2001:db8::1]', 'unencrypted'],
  ['gpu.example.com', 'unencrypted'],
  ['localhost.example.com', 'unencrypted'],
  ['10.0.0.1.example.com', 'unencrypted'],
])('photos to %s over http would travel %s', (host, exposure) => {
  expect(exposureOf(parseServerAddress(`http://${host}:8003`, 'triton'))).toBe(exposure)
})

test('TLS to a public address is encrypted; this machine stays this machine', () => {
  expect(exposureOf(parseServerAddress('https://gpu.example.com', 'pytorch'))).toBe('encrypted')
  expect(exposureOf(parseServerAddress('grpcs://8.8.8.8:8004', 'triton'))).toBe('encrypted')
  expect(exposureOf(parseServerAddress('https://localhost:8002', 'pytorch'))).toBe('this-machine')
})
