import { builtFiles } from './built-files.ts'
import { launchInNode } from './node-child-engine.ts'
import { engineFitsElectron } from './runtime.ts'
import { startApp } from './start-app.ts'
import { launchInUtilityProcess } from './utility-process-engine.ts'

startApp(
  engineFitsElectron
    ? { launch: launchInUtilityProcess, entry: builtFiles.engineInUtilityProcess }
    : { launch: launchInNode(builtFiles.node24), entry: builtFiles.engineInNode },
)
