import path from 'node:path'
import { launchInNode } from '../../../src/main/node-child-engine.ts'
import { startApp } from '../../../src/main/start-app.ts'
import { launchInUtilityProcess } from '../../../src/main/utility-process-engine.ts'

/** Twinlens' own main process, with the native-free engine in the kind of process that the test asks for. */
const node = process.env['TRANSPORT_NODE']
startApp(
  node
    ? { launch: launchInNode(node), entry: path.join(__dirname, '../node-engine/node-child.cjs') }
    : { launch: launchInUtilityProcess, entry: path.join(__dirname, '../engine/utility-process.cjs') },
)
