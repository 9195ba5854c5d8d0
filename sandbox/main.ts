import { openSandbox } from './server.ts'
import { readSettings } from './settings.ts'

try {
  const sandbox = await openSandbox(readSettings())
  console.log(`sandbox: ${sandbox.origin}`)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void sandbox.close().then(() => process.exit(0)))
  }
} catch (error) {
  console.error(`sandbox: ${error instanceof Error ? error.message : String(error)}`)
  process.exit(1)
}
