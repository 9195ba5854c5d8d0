import { readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { faces, floors, large, narrower } from '../../src/main/floors.ts'
import { circlesIn } from './circles.ts'
import { isTest, placeOf, readSources, type Source } from './sources.ts'

const sources = readSources('src/**/*.{ts,tsx}')
const product = sources.filter(source => !isTest(source))
const level = (room: string) => floors.findIndex(line => line.includes(room))

/** `file: what it imports` for every import that breaks a rule. */
function breaking(files: readonly Source[], breaks: (source: Source, imported: string) => boolean): string[] {
  return files.flatMap(source =>
    source.imports.filter(imported => breaks(source, imported)).map(imported => `${source.path}: ${imported}`),
  )
}

const isOurs = (imported: string) => imported.startsWith('src/')

test('every room of src stands in the list', () => {
  const rooms = readdirSync('src', { withFileTypes: true }).map(entry => entry.name)
  expect(rooms.filter(room => level(room) < 0)).toEqual([])
  expect(new Set(floors.flat()).size).toBe(floors.flat().length)
})

test('a room imports only rooms before it, and never a sibling of its own line', () => {
  const up = breaking(product, ({ room }, imported) => {
    const to = placeOf(imported).room
    return isOurs(imported) && to !== room && level(to) >= level(room)
  })
  expect(up).toEqual([])
})

test('kernel, design and islands import no more than the list allows them', () => {
  const more = breaking(product, ({ room }, imported) => {
    const allowed = narrower[room]
    const to = placeOf(imported).room
    return allowed !== undefined && isOurs(imported) && to !== room && !allowed.includes(to)
  })
  expect(more).toEqual([])
})

test("a room's subfolders are its own; main alone reaches into them, to wire", () => {
  const into = breaking(product, ({ room }, imported) => {
    const to = placeOf(imported)
    return isOurs(imported) && to.folder !== '' && to.room !== room && room !== 'main'
  })
  expect(into).toEqual([])
})

test('JSX stands in design, in faces and nowhere else', () => {
  const elsewhere = product
    .filter(({ path }) => path.endsWith('.tsx'))
    .filter(({ room, path }) => !['design', 'portal', 'office'].includes(room) && path !== 'src/web/errors.tsx')
  expect(elsewhere.map(({ path }) => path)).toEqual([])
})

test('no face knows SQL', () => {
  const knowing = breaking(product, ({ room }, imported) => faces.includes(room) && /^(kysely|pg)(\/|$)/.test(imported))
  expect(knowing).toEqual([])
})

test('of Kysely its tag alone is used, but where connections are made and where better-auth is handed one', () => {
  const ours = ['src/platform/database.ts', 'src/platform/driver.ts', 'src/platform/queue.ts', 'src/identity/auth.ts']
  const more = product
    .filter(({ path }) => !ours.includes(path))
    .filter(
      ({ text }) => !/^import \{ (type RawBuilder, )?sql \} from 'kysely'$/m.test(text) && text.includes("'kysely'"),
    )
  expect(more.map(({ path }) => path)).toEqual([])
})

test('HTTP stands in web and the faces alone', () => {
  const below = level('web')
  const knowing = breaking(product, ({ room }, imported) => level(room) < below && /^(hono|@hono)(\/|$)/.test(imported))
  expect(knowing).toEqual([])
})

test("a vendor's SDK that reaches the network stands in its adapter alone", () => {
  const wide = breaking(
    product,
    ({ room, folder }, imported) =>
      (/^stripe(\/|$)/.test(imported) && !(room === 'processor' && folder === 'stripe')) ||
      (/^nodemailer(\/|$)/.test(imported) && room !== 'platform'),
  )
  expect(wide).toEqual([])
})

test('the environment is read in platform alone', () => {
  const reading = [...product, ...readSources('seeds/**/*.ts')].filter(({ text }) => /\bprocess\.env\b/.test(text))
  expect(reading.map(({ path }) => path).filter(path => !path.startsWith('src/platform/'))).toEqual([])
})

test('the sandbox and src know nothing of each other', () => {
  const sandbox = readSources('sandbox/**/*.ts')
  const seeing = breaking([...product, ...sandbox], ({ path }, imported) =>
    path.startsWith('src/') ? imported.startsWith('sandbox/') : imported.startsWith('src/'),
  )
  expect(seeing).toEqual([])
})

test('the seeds are imported by what makes the demo and what tells of it alone', () => {
  const ours = ['src/main/seed.ts', 'src/main/demo-lines.ts']
  const seeing = breaking(product, ({ path }, imported) => imported.startsWith('seeds/') && !ours.includes(path))
  expect(seeing).toEqual([])
})

test('a folder past fifteen files says why it is not two', () => {
  const sizes = Map.groupBy(product, ({ path }) => dirname(path))
  const full = [...sizes].filter(([, files]) => files.length > 15).map(([folder]) => folder)
  expect(Object.keys(large).sort()).toEqual(full.sort())
  for (const [folder, why] of Object.entries(large)) expect(why, folder).toMatch(/^[A-Z].{15,}\.$/)
})

test('files import each other in no circle, in src, the sandbox, the seeds and the benches', () => {
  expect(circlesIn([...product, ...readSources('{sandbox,seeds,bench}/**/*.{ts,tsx}')])).toEqual([])
})

test('a circle is found, however long, and a file that two import is none', () => {
  const file = (path: string, ...imports: string[]) => ({ path, imports })
  expect(circlesIn([file('a', 'b', 'c'), file('b', 'd'), file('c', 'd'), file('d')])).toEqual([])
  expect(circlesIn([file('a', 'b'), file('b', 'c'), file('c', 'a', 'd'), file('d')])).toEqual([['a', 'b', 'c']])
  expect(circlesIn([file('a', 'a')])).toEqual([['a']])
})
