#!/usr/bin/env node
// Every check, in the order in which it is quickest to be told. `npm test -- WORD` runs of the tests those whose path holds it.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { inOwnNode, refuseOddPath, root } from './shared.mjs'

await inOwnNode()
refuseOddPath('The tests')
const words = process.argv.slice(2)
const report = join(root, '.cache', `tests-${process.pid}.json`)
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]

const steps = [
  ['format and lint', 'node_modules/.bin/biome', 'check', '.'],
  ['types', 'node_modules/.bin/tsc', '-p', '.'],
  ['build', 'bin/build.mjs'],
]
// A share of `npm run mutants`: the tests have just passed, so one that fails now has noticed.
const mutants = [
  'small wrong changes of the money',
  'test/mutants/run.ts',
  '--file=fhir/bill-line',
  '--sample=6',
  '--proven',
]
const tests = ['tests', 'node_modules/.bin/vitest', 'run', ...reporters, ...words]

mkdirSync(join(root, '.cache'), { recursive: true })
const results = steps.map(step)
const ended = step(tests)
const { passed, failed } = count(ended)
if (words.length === 0 && failed === 0) results.push(step(mutants))
const good = results.filter(result => result).length
const total = { passed: passed + good, failed: failed + results.length - good }
console.log(`${total.passed} passed, ${total.failed} failed`)
process.exit(total.failed > 0 ? 1 : 0)

function step([name, script, ...args]) {
  const started = Date.now()
  console.log(`\n── ${name}`)
  const { status } = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: ['ignore', 1, 1] })
  console.log(`── ${name}: ${status === 0 ? 'passed' : 'FAILED'} in ${((Date.now() - started) / 1000).toFixed(1)} s`)
  return status === 0
}

/** Tests that failed, and files that could not even be read; a run that ended badly never counts as good. */
function count(ended) {
  const { numPassedTests, numFailedTests, testResults } = readReport()
  const unread = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some(test => test.status === 'failed'),
  )
  const failed = numFailedTests + unread.length
  return { passed: numPassedTests, failed: failed === 0 && !ended ? 1 : failed }
}

function readReport() {
  try {
    return JSON.parse(readFileSync(report, 'utf8'))
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, testResults: [] }
  } finally {
    rmSync(report, { force: true })
  }
}
