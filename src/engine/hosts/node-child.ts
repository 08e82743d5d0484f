import { serveNodeChild } from './serve-node-child.ts'
import { startEngine } from './start-engine.ts'

serveNodeChild(startEngine)
