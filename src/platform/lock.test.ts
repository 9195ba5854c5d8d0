import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { tryLock, withLock } from './lock.ts'

const home = mkdtempSync(join(tmpdir(), 'portico-lock-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

test('an exclusive lock has one holder, a shared one many', () => {
  const path = join(home, 'kinds')
  const readers = [tryLock(path, 'shared'), tryLock(path, 'shared')]
  expect(tryLock(path)).toBeUndefined()
  for (const reader of readers) reader?.release()
  const writer = tryLock(path)
  expect(writer).toBeDefined()
  expect(tryLock(path, 'shared')).toBeUndefined()
  writer?.release()
})

test('work behind a lock is done by one at a time', async () => {
  let inside = 0
  const work = async () => {
    inside += 1
    expect(inside).toBe(1)
    await Promise.resolve()
    inside -= 1
  }
  await Promise.all([1, 2, 3].map(() => withLock(join(home, 'turns'), work)))
})

test('a lock ends with the process that holds it', async () => {
  const path = join(home, 'killed')
  const script = `
    const { tryLock } = await import(${JSON.stringify(join(import.meta.dirname, 'lock.ts'))})
    globalThis.kept = tryLock(${JSON.stringify(path)})
    console.log('held')
    setInterval(() => {}, 1000)`
  const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(holder.stdout, 'data')
  expect(tryLock(path)).toBeUndefined()
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  const next = tryLock(path)
  expect(next).toBeDefined()
  next?.release()
})
