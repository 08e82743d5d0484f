import sharp from 'sharp'

// Several photos are in flight at once, so one thread each is right: more would only fight for the same cores. The operation
// cache pays for repeated work on one file, which never happens here, and would hold memory.
sharp.concurrency(1)
sharp.cache(false)
// Whatever a hostile file calls itself, only these decoders may run.
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({
  operation: [
    'VipsForeignLoadJpeg',
    'VipsForeignLoadPng',
    'VipsForeignLoadWebp',
    'VipsForeignLoadTiff',
    'VipsForeignLoadHeif',
    'VipsForeignLoadNsgif',
  ],
})

/** sharp, set up once for this process: the only import of the package. */
export { sharp }
