// node test/support/servers/install.ts: puts the tests' servers in place before the tests run, so that no test's time limit meets it.
import { installGateway } from './start-gateway.ts'
import { installPytorch } from './start-pytorch.ts'
import { installTriton } from './start-triton.ts'

await installPytorch()
await installGateway()
await installTriton()
