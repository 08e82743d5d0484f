/** Scored links between nodes 0 … nodeCount − 1; their order and direction mean nothing. */
export interface LinkTable {
  count: number
  a: Uint32Array
  b: Uint32Array
  score: Float32Array
}

/**
 * Links by node in compressed sparse rows: those of node n stand at `start[n] … start[n + 1] − 1`, best first, so that the
 * links over any threshold are the first ones. Each link stands with both of its nodes. 24 bytes a link.
 */
export interface LinkGraph {
  nodeCount: number
  start: Uint32Array
  neighbour: Uint32Array
  score: Float32Array
  /** Index in the link table. */
  link: Uint32Array
  /** By node: its place when nodes are sorted by rank, best first, then by number. */
  place: Uint32Array
  nodeAtPlace: Uint32Array
}

/** Indices of the links, best score first: radix sort of the bits of the floats, 11 bits a pass. */
function bestFirst(scores: Float32Array, count: number): Uint32Array {
  const digit = 2048
  const bits = new Uint32Array(scores.slice(0, count).buffer)
  // Floats order as their bits do once negative ones are complemented; complemented again, the best comes first.
  for (let at = 0; at < count; at++) bits[at] = bits[at]! >>> 31 ? bits[at]! : ~bits[at]! & 0x7fffffff
  let order = new Uint32Array(count)
  for (let at = 0; at < count; at++) order[at] = at
  let other = new Uint32Array(count)
  for (const shift of [0, 11, 22]) {
    const next = new Uint32Array(digit)
    for (let at = 0; at < count; at++) next[(bits[at]! >>> shift) & (digit - 1)]!++
    let sum = 0
    for (let value = 0; value < digit; value++) {
      const here = next[value]!
      next[value] = sum
      sum += here
    }
    for (let at = 0; at < count; at++) {
      const from = order[at]!
      other[next[(bits[from]! >>> shift) & (digit - 1)]!++] = from
    }
    ;[order, other] = [other, order]
  }
  return order
}

/**
 * Sorts links once, so that they can be grouped at any threshold. Links of a node with itself are left out.
 *
 * @param rank by node: higher makes a better reference
 */
export function prepareLinks(nodeCount: number, links: LinkTable, rank: Float64Array): LinkGraph {
  const start = new Uint32Array(nodeCount + 1)
  for (let at = 0; at < links.count; at++) {
    if (links.a[at] === links.b[at]) continue
    start[links.a[at]! + 1]!++
    start[links.b[at]! + 1]!++
  }
  for (let node = 0; node < nodeCount; node++) start[node + 1]! += start[node]!
  const ends = start[nodeCount]!
  const neighbour = new Uint32Array(ends)
  const score = new Float32Array(ends)
  const link = new Uint32Array(ends)
  const next = start.slice(0, nodeCount)
  const put = (node: number, partner: number, index: number) => {
    const at = next[node]!++
    neighbour[at] = partner
    score[at] = links.score[index]!
    link[at] = index
  }
  for (const index of bestFirst(links.score, links.count)) {
    const a = links.a[index]!
    const b = links.b[index]!
    if (a === b) continue
    put(a, b, index)
    put(b, a, index)
  }
  const nodeAtPlace = Uint32Array.from({ length: nodeCount }, (_, node) => node)
  nodeAtPlace.sort((x, y) => rank[y]! - rank[x]! || x - y)
  const place = new Uint32Array(nodeCount)
  for (let at = 0; at < nodeCount; at++) place[nodeAtPlace[at]!] = at
  return { nodeCount, start, neighbour, score, link, place, nodeAtPlace }
}
