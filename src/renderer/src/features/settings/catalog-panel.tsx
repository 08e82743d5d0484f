import { useEffect, useState, type ReactNode } from 'react'
import type { CatalogCheck, CatalogSize } from '../../../../shared/contract/catalog.ts'
import { Button } from '../../components/button.tsx'
import { Segments } from '../../components/segments.tsx'
import { attempt, callEngine } from '../../lib/engine.ts'
import { formatBytes } from '../../lib/format.ts'
import { saveThumbnailCap } from '../../lib/settings.ts'

const caps = [1024, 4096, 16_384, 65_536]

function verdictOf({ files }: CatalogCheck): string {
  const faults = files.flatMap(({ name, faults: found }) => found.map((fault) => `${name}: ${fault}`))
  if (faults.length === 0)
    return `All of it is sound (${formatBytes(files.reduce((sum, file) => sum + file.bytes, 0))}).`
  return `Damaged. Your photos are not affected. ${faults.join(' · ')}`
}

/** What Twinlens remembers of the photos, on the disk. */
export function CatalogPanel({ thumbnailMegabytes }: { thumbnailMegabytes: number }): ReactNode {
  const [size, setSize] = useState<CatalogSize | null>(null)
  const [checking, setChecking] = useState(false)
  const [verdict, setVerdict] = useState<string | null>(null)
  useEffect(() => {
    void attempt('read the size of the catalog', async () => setSize(await callEngine('catalog.size', null)))
  }, [thumbnailMegabytes])
  const check = async (): Promise<void> => {
    setChecking(true)
    setVerdict(null)
    await attempt('check the catalog', async () => setVerdict(verdictOf(await callEngine('catalog.check', null))))
    setChecking(false)
  }
  const options = [...new Set([...caps, thumbnailMegabytes])]
    .sort((a, b) => a - b)
    .map((megabytes) => ({
      value: String(megabytes),
      label: megabytes >= 1024 ? `${megabytes / 1024} GB` : `${megabytes} MB`,
      testId: `cap-${megabytes}`,
    }))
  return (
    <section className="panel">
      <h2>Catalog</h2>
      <div className="stack" style={{ gap: 12, maxWidth: '36rem' }}>
        {size === null ? null : (
          <p className="soft" data-testid="catalog-size">
            Results take {formatBytes(size.catalog)}, thumbnails {formatBytes(size.thumbnails)}.
          </p>
        )}
        <p>Thumbnails may take up to this much. Those not looked at for longest go first, and come back when needed.</p>
        <Segments
          label="Largest size of all thumbnails"
          value={String(thumbnailMegabytes)}
          options={options}
          onChange={(megabytes) => void saveThumbnailCap(Number(megabytes))}
        />
        <div className="row" style={{ gap: 12 }}>
          <Button disabled={checking} onClick={() => void check()}>
            {checking ? 'Checking…' : 'Check the catalog'}
          </Button>
          <span role="status" data-testid="catalog-verdict">
            {verdict}
          </span>
        </div>
      </div>
    </section>
  )
}
