import { safeStorage } from 'electron'
import type { hostServices } from '../shared/contract/host-calls.ts'
import type { Handlers } from '../shared/rpc/server.ts'

/**
 * Tokens and header values of servers, sealed with the system's keychain. Where there is none the answer is null and nothing
 * is sealed: `basic_text`, Chromium's stand-in on a Linux without a keyring, hides a secret behind a password that everybody
 * knows, which is no keychain.
 */
export const secretServices: Pick<Handlers<typeof hostServices>, 'secrets.seal' | 'secrets.open'> = {
  'secrets.seal': ({ text }) => ({ sealed: hasKeychain() ? safeStorage.encryptString(text).toString('base64') : null }),
  'secrets.open'({ sealed }) {
    if (!hasKeychain()) return { text: null }
    try {
      return { text: safeStorage.decryptString(Buffer.from(sealed, 'base64')) }
    } catch {
      return { text: null }
    }
  },
}

function hasKeychain(): boolean {
  if (!safeStorage.isEncryptionAvailable()) return false
  if (process.platform !== 'linux') return true
  // Missing in an old Electron that stands in.
  const selected = (safeStorage as Partial<typeof safeStorage>).getSelectedStorageBackend?.()
  return selected !== undefined && selected !== 'basic_text' && selected !== 'unknown'
}
