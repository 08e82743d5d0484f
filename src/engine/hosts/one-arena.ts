/**
 * [Note: One malloc arena]
 *
 * glibc gives each thread that allocates an arena of its own, and arenas keep what was freed in them. The decoders' threads
 * then hold several hundred megabytes that nobody uses: scanning 3,000 photos peaked at 1,061 MB with glibc's default and at
 * 642 MB with one arena, at the same speed. The setting is read before `main`, so a process that was started without it
 * starts itself again, in place: same process id, same arguments.
 *
 * Where it does so, V8 collects garbage on the thread that made it: a scan's cores are busy decoding and embedding, and V8's
 * helpers beside them cost 4 % of its processor time for pauses that nobody sees.
 */
export const oneArena = { MALLOC_ARENA_MAX: '1' } as const

/** Starts this process again with one arena where glibc needs to be told (Linux), unless the person chose otherwise. */
export function withOneArena(): void {
  if (process.platform !== 'linux' || process.env['MALLOC_ARENA_MAX'] !== undefined) return
  if (typeof process.execve !== 'function') return
  const args = ['--single-threaded-gc', ...process.execArgv, ...process.argv.slice(1)]
  process.execve(process.execPath, [process.execPath, ...args], { ...process.env, ...oneArena })
}
