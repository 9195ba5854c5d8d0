import { existsSync, globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { isTest, readSources } from './sources.ts'

const ours = readSources('{src,seeds,sandbox,test,bench}/**/*.{ts,tsx}', '*.ts')

test('every test stands beside what it tests, or in test/', () => {
  const alone = ours.filter(isTest).filter(({ path }) => {
    if (path.startsWith('test/')) return false
    const beside = globSync(`${path.replace(/\/[^/]+$/, '')}/*.{ts,tsx}`).filter(file => !isTest({ path: file }))
    return beside.length === 0
  })
  expect(alone.map(({ path }) => path)).toEqual([])
})

test('nothing is left to be done in a comment', () => {
  // In two halves, so that this line is none itself.
  const words = new RegExp(`\\b(TO${'DO'}|FIX${'ME'}|XX${'X'}|HA${'CK'})\\b`)
  const files = [...ours, ...readSources('bin/*.mjs', 'styles/*.css', 'migrations/*.sql')]
  expect(files.filter(({ text }) => words.test(text)).map(({ path }) => path)).toEqual([])
})

test('migrations are numbered without gaps', () => {
  const names = globSync('migrations/*')
    .map(path => path.replace('migrations/', ''))
    .sort()
  const wanted = names.map((_name, index) => String(index + 1).padStart(4, '0'))
  expect(names.map(name => /^(\d{4})_[a-z][a-z0-9_]*\.sql$/.exec(name)?.[1])).toEqual(wanted)
})

test('every package we depend on has one line that says why, with its licence', () => {
  const { dependencies, optionalDependencies, devDependencies } = JSON.parse(
    readFileSync('package.json', 'utf8'),
  ) as Record<string, Record<string, string>>
  const names = Object.keys({ ...dependencies, ...optionalDependencies, ...devDependencies })
  const lines = readFileSync('docs/dependencies.md', 'utf8')
    .split('\n')
    .filter(line => line.startsWith('| `'))
  const told = new Map(
    lines.flatMap(line => {
      const [, packages = '', licence = '', size = '', why = ''] = line.split('|').map(cell => cell.trim())
      return [...packages.matchAll(/`([^`]+)`/g)].map(([, name = '']) => [name, { licence, size, why }] as const)
    }),
  )
  expect([...told.keys()].sort()).toEqual(names.sort())
  for (const [name, { licence, why }] of told) {
    expect(why.length, name).toBeGreaterThan(20)
    const file = `node_modules/${name}/package.json`
    if (existsSync(file))
      expect(licence, name).toBe((JSON.parse(readFileSync(file, 'utf8')) as { license: string }).license)
  }
})
