export interface MetricSample {
  name: string
  labels: Readonly<Record<string, string>>
  value: number
}

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/
const label = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g

/**
 * The samples of a Prometheus text exposition (prometheus.io, "Exposition formats"); comments, and lines that are none, are passed
 * over, as are values that are no finite number.
 */
export function parsePrometheus(text: string): MetricSample[] {
  return text.split('\n').flatMap((row) => {
    const found = line.exec(row)
    const value = Number(found?.[3])
    if (found === null || !Number.isFinite(value)) return []
    const labels: Record<string, string> = {}
    for (const [, name = '', written = ''] of (found[2] ?? '').matchAll(label)) {
      labels[name] = written.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char))
    }
    return [{ name: found[1] ?? '', labels, value }]
  })
}
