#!/usr/bin/env node
// Runs one of bench/ by its name, or lists them. `npm run bench -- NAME [--full]`
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fail, inOwnNode, refuseOddPath, root } from './shared.mjs'

await inOwnNode()
refuseOddPath('The benches')
const names = readdirSync(join(root, 'bench'))
  .filter(name => name.endsWith('.ts'))
  .map(name => basename(name, '.ts'))
const [name, ...words] = process.argv.slice(2)
if (name === undefined || name === '--help') list()
if (!names.includes(name)) fail(`There is no bench ${name}. There are: ${names.sort().join(', ')}.`)
process.exit(await measure())

function list() {
  console.log(['npm run bench -- NAME [--full]', '', ...names.sort().map(each => `  ${each}`)].join('\n'))
  process.exit(0)
}

/** The benches are TypeScript that imports the app's own sources, pages too: Vite reads them as it does for the build. */
async function measure() {
  const { createServer } = await import('vite')
  const vite = await createServer({
    root,
    configFile: join(root, 'vite.config.ts'),
    logLevel: 'error',
    appType: 'custom',
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true },
  })
  try {
    const { run } = await vite.ssrLoadModule(`/bench/${name}.ts`)
    return (await run(words)) ? 0 : 1
  } catch (error) {
    console.error(error)
    return 1
  } finally {
    await vite.close()
  }
}
