import { createRequire } from 'node:module'
import type { XMLParser } from 'fast-xml-parser'

/** The properties of an XMP packet that Twinlens reads, as written. */
export interface XmpFields {
  dateTimeOriginal: string | null
  dateCreated: string | null
  createDate: string | null
  make: string | null
  model: string | null
  lens: string | null
  creatorTool: string | null
  rating: string | null
}

const properties = {
  dateTimeOriginal: 'exif:DateTimeOriginal',
  dateCreated: 'photoshop:DateCreated',
  createDate: 'xmp:CreateDate',
  make: 'tiff:Make',
  model: 'tiff:Model',
  lens: 'aux:Lens',
  creatorTool: 'xmp:CreatorTool',
  rating: 'xmp:Rating',
} as const satisfies Record<keyof XmpFields, string>

/** Editors store whole edit histories in XMP; past this size the packet is not worth its parsing. */
const mostBytes = 512 * 1024

let parser: XMLParser | null = null

/** Made with the first packet: a twentieth of the engine's start, and many libraries have none. */
function xmlParser(): XMLParser {
  if (parser !== null) return parser
  const { XMLParser } = createRequire(import.meta.url)('fast-xml-parser') as typeof import('fast-xml-parser')
  parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseTagValue: false,
    parseAttributeValue: false,
    processEntities: false,
  })
  return parser
}

type Node = Record<string, unknown>

function childrenOf(value: unknown): Node[] {
  const all: unknown[] = Array.isArray(value) ? value : [value]
  return all.filter((node): node is Node => typeof node === 'object' && node !== null)
}

/**
 * Reads an XMP packet (ISO 16684-1): properties of the main resource, as attributes or as elements of `rdf:Description`.
 * A packet that does not parse gives nulls.
 */
export function readXmp(packet: Buffer): XmpFields {
  const fields: XmpFields = {
    dateTimeOriginal: null,
    dateCreated: null,
    createDate: null,
    make: null,
    model: null,
    lens: null,
    creatorTool: null,
    rating: null,
  }
  if (packet.length > mostBytes) return fields
  const text = packet.toString('utf8')
  if (!Object.values(properties).some((name) => text.includes(name))) return fields
  try {
    const root: unknown = xmlParser().parse(text)
    const meta = childrenOf(root).flatMap((node) => childrenOf(node['x:xmpmeta'] ?? node['x:xapmeta'] ?? node))
    const descriptions = meta
      .flatMap((node) => childrenOf(node['rdf:RDF']))
      .flatMap((node) => childrenOf(node['rdf:Description']))
    for (const description of descriptions) {
      for (const key of Object.keys(properties) as (keyof XmpFields)[]) {
        const value = description[properties[key]]
        if (typeof value === 'string' && value !== '') fields[key] ??= value
      }
    }
  } catch {
    // A broken packet says nothing.
  }
  return fields
}
