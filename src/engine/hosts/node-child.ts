import { createEngine } from '../engine.ts'
import { serveNodeChild } from './serve-node-child.ts'

serveNodeChild(createEngine)
