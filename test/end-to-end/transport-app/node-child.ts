import { serveNodeChild } from '../../../src/engine/hosts/serve-node-child.ts'
import { startNativeFreeEngine } from './native-free-engine.ts'

serveNodeChild(startNativeFreeEngine)
