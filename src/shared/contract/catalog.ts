import { z } from 'zod'

/** What SQLite's full check says of each file of the catalog. */
export const CatalogCheck = z.object({
  files: z.array(
    z.object({
      name: z.string(),
      bytes: z.number(),
      /** Empty: the file is sound. The first twenty. */
      faults: z.array(z.string()),
    }),
  ),
})
export type CatalogCheck = z.infer<typeof CatalogCheck>

/** How much the catalog takes on the disk, bytes. */
export const CatalogSize = z.object({ catalog: z.number(), thumbnails: z.number() })
export type CatalogSize = z.infer<typeof CatalogSize>
