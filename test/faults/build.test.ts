import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const clone = mkdtempSync(join(tmpdir(), 'portico-build-'))
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
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, {
    env: { PATH: '/usr/bin:/bin', ...env },
  })
  return { stdout, built: /^built in/m.test(stderr) }
}

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

test('PORTICO_DIST names another folder, from which packages are found as well', async () => {
  writeFileSync(entry, "import pg from 'pg'\nconsole.log(typeof pg.Client)\n")
  const elsewhere = mkdtempSync(join(tmpdir(), 'portico-dist-'))
  expect(await portico({ PORTICO_DIST: elsewhere })).toEqual({ stdout: 'function\n', built: true })
  rmSync(elsewhere, { recursive: true })
})
