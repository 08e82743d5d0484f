import { serveUtilityProcess } from './serve-utility-process.ts'
import { startEngine } from './start-engine.ts'

serveUtilityProcess(startEngine)
