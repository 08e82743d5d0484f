import { createEngine } from '../engine.ts'
import { serveUtilityProcess } from './serve-utility-process.ts'

serveUtilityProcess(createEngine)
