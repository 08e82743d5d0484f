import { z } from 'zod'

/*
 * The page's policy forbids code made from text. Zod would try `new Function` when a schema is made, and the browser would
 * report that as a violation; so this is the first module that the page loads.
 */
z.config({ jitless: true })
