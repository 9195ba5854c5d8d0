import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

/** In a folder whose name would be another one in an address; every other test builds in a plain one. */
const clone = mkdtempSync(join(tmpdir(), 'portico 50% #1? %41-'))
const entry = join(clone, 'src', 'cli', 'portico.ts')
const say = (text: string) => writeFileSync(entry, `console.log(${JSON.stringify(text)}, process.argv.length)\n`)

beforeAll(() => {
  const parts = ['bin', 'src/platform/lock.ts', 'src/platform/trouble.ts', 'vite.config.ts', 'package.json']
  for (const part of [...parts, 'package-lock.json']) cpSync(resolve(part), join(clone, part), { recursive: true })
  for (const folder of ['src/cli', 'styles']) mkdirSync(join(clone, folder), { recursive: true })
  writeFileSync(join(clone, 'styles', 'portico.css'), 'p { color: black }')
  symlinkSync(resolve('node_modules'), join(clone, 'node_modules'))
})
afterAll(() => rmSync(clone, { recursive: true }))

async function portico(env: Record<string, string> = {}): Promise<{ stdout: string; built: boolean }> {
  const args = [join(clone, 'bin', 'portico.mjs'), 'word']
  const { stdout, stderr } = await run(process.execPath, args, { env: { PATH: '/usr/bin:/bin', ...env } })
  return { stdout, built: /^built in/m.test(stderr) }
}

const run = promisify(execFile)

function current(): string {
  return JSON.parse(readFileSync(join(clone, 'dist', 'current'), 'utf8')).hash
}

test('commands that come at once build once, and standard output is theirs alone', async () => {
  say('first')
  const both = await Promise.all([portico(), portico()])
  expect(both.map(({ stdout }) => stdout)).toEqual(['first 3\n', 'first 3\n'])
  expect(both.filter(({ built }) => built)).toHaveLength(1)
})

test('changed sources go into a new folder, and sources seen before need no building', async () => {
  const first = current()
  say('second')
  expect(await portico()).toEqual({ stdout: 'second 3\n', built: true })
  expect(current()).not.toBe(first)
  say('first')
  expect(await portico()).toEqual({ stdout: 'first 3\n', built: false })
  expect(current()).toBe(first)
})

test('a command runs from anywhere, by its path and by a link in PATH, and keeps its data in the clone', async () => {
  writeFileSync(entry, 'console.log(process.cwd(), process.env.PORTICO_DATA)\n')
  const elsewhere = mkdtempSync(join(tmpdir(), 'portico-elsewhere-'))
  const command = join(clone, 'bin', 'portico.mjs')
  symlinkSync(command, join(elsewhere, 'portico'))
  const node = dirname(process.execPath)
  const options = { cwd: elsewhere, env: { PATH: `${elsewhere}:${node}:/usr/bin:/bin` } }
  for (const name of [command, 'portico', './portico'])
    expect((await run(name, [], options)).stdout, name).toBe(`${elsewhere} ${join(clone, 'data')}\n`)
  rmSync(elsewhere, { recursive: true })
})

test('what cannot run in such a folder says so', async () => {
  for (const [name, what] of [
    ['test', 'The tests'],
    ['bench', 'The benches'],
  ]) {
    const ended = run(process.execPath, [join(clone, 'bin', `${name}.mjs`)]).catch(error => error)
    expect((await ended).stderr).toBe(
      `${what} cannot run in a folder with #, ? or % in its path (${clone}). Clone it into another; npm start and the commands work here.\n`,
    )
  }
})

test('PORTICO_DIST names another folder, from which packages are found as well', async () => {
  writeFileSync(entry, "import pg from 'pg'\nconsole.log(typeof pg.Client)\n")
  const elsewhere = mkdtempSync(join(tmpdir(), 'portico-dist-'))
  expect(await portico({ PORTICO_DIST: elsewhere })).toEqual({ stdout: 'function\n', built: true })
  rmSync(elsewhere, { recursive: true })
})
