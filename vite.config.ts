import { globSync } from 'node:fs'
import { basename, extname } from 'node:path'
import { defineConfig } from 'vite'

const jsx = { runtime: 'automatic', importSource: 'preact' } as const

/** Everything that a browser gets: each island, and the one style sheet with the fonts it names. */
function clientEntries(): Record<string, string> {
  const islands = globSync('src/islands/*.{ts,tsx}').filter(path => !path.includes('.test.'))
  return Object.fromEntries([...islands, 'styles/portico.css'].map(path => [basename(path, extname(path)), path]))
}

const BUNDLED = [
  'better-auth',
  /^@?better-(auth|call|fetch)/,
  'kysely',
  'stripe',
  'zod',
  'hono',
  '@hono/node-server',
  'pg-boss',
  /^preact/,
  'intl-messageformat',
  /^@formatjs/,
]

export default defineConfig({
  oxc: { jsx },
  optimizeDeps: { rolldownOptions: { transform: { jsx } } },
  publicDir: false,
  builder: {},
  environments: {
    client: {
      build: {
        outDir: 'dist/client',
        manifest: true,
        // The first browsers with light-dark() and relative colours, so that neither is rewritten.
        cssTarget: ['chrome125', 'safari17.5', 'firefox128'],
        modulePreload: { polyfill: false },
        rolldownOptions: { input: clientEntries() },
      },
    },
    ssr: {
      // A start reads one file instead of hundreds. What reads files of its own stays a package.
      resolve: { noExternal: BUNDLED },
      build: {
        outDir: 'dist/server',
        target: 'esnext',
        minify: false,
        sourcemap: true,
        rolldownOptions: {
          input: { portico: 'src/cli/portico.ts' },
          output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
        },
      },
    },
  },
})
