import { serveUtilityProcess } from '../../../src/engine/hosts/serve-utility-process.ts'
import { startNativeFreeEngine } from './native-free-engine.ts'

serveUtilityProcess(startNativeFreeEngine)
