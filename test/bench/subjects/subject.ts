/** The input of this subject: JSON in its first argument. */
export function subjectInput(): unknown {
  return JSON.parse(process.argv[2] ?? 'null')
}

/** Ends a subject: its answer as one line of JSON. */
export function answer(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

/** Calls `work` for each item with at most `width` calls open. */
export async function eachInFlight<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  let at = 0
  const lane = async (): Promise<void> => {
    while (at < items.length) {
      const item = items[at++]
      if (item !== undefined) await work(item)
    }
  }
  await Promise.all(Array.from({ length: width }, lane))
}
