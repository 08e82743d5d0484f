// What this machine lets a window have.
import { readFileSync } from 'node:fs'
import { capture } from './processes.mjs'

/** Whether a window can be shown. */
export function hasDisplay() {
  return process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)
}

/**
 * Why Chromium's sandbox cannot work here; null where it can.
 * @returns {string | null}
 */
export function whyNoSandbox() {
  if (process.platform !== 'linux') return null
  if (process.getuid?.() === 0) return 'Chromium does not run its sandbox for root'
  // What the sandbox does first: a user namespace of its own. Distributions forbid it in different ways, so it is tried.
  const tried = capture('unshare', ['--user', '--map-root-user', 'true'], { timeoutMs: 5_000 })
  if (tried.ok) return null
  const setting = '/proc/sys/kernel/unprivileged_userns_clone'
  try {
    if (readFileSync(setting, 'utf8').trim() === '1' && /ENOENT/.test(tried.output)) return null
  } catch {
    // Only Debian's kernels have this setting.
  }
  return 'this system does not let programs make user namespaces'
}
