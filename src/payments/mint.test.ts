import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isId, newId } from '../kernel/ids.ts'
import { readConfig } from '../platform/config.ts'
import { isMinted, mintId } from './mint.ts'

const app = { config: readConfig({ PORTICO_DATA: mkdtempSync(join(tmpdir(), 'portico-mint-')) }) }
const mine = { session: 'ses_a', account: newId('acc') }

test('two forms never carry the same id, however fast they are made', () => {
  const ids = Array.from({ length: 500 }, () => mintId(app, 'pay', mine))
  expect(new Set(ids).size).toBe(500)
  expect(ids.every(id => isId('pay', id) && isMinted(app, id, mine))).toBe(true)
})

test('an id minted for another session or household, or for nobody, is not ours', () => {
  const id = mintId(app, 'pay', mine)
  expect(isMinted(app, id, { ...mine, session: 'ses_b' })).toBe(false)
  expect(isMinted(app, id, { ...mine, account: newId('acc') })).toBe(false)
  expect(isMinted(app, newId('pay'), mine)).toBe(false)
})
