import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Running, removeData, startSandbox } from '../../../sandbox/running.ts'
import { newId } from '../../kernel/ids.ts'
import { readConfig } from '../../platform/config.ts'
import type { Processor } from '../processor.ts'
import { openStripe } from './stripe.ts'

let sandbox: Running
let processor: Processor
beforeAll(async () => {
  sandbox = await startSandbox()
  processor = openStripe(readConfig({ STRIPE_API_BASE: sandbox.url }).stripe)
})
afterAll(async () => {
  await sandbox?.stop()
  if (sandbox) removeData(sandbox)
})

test('the calls of one request share their time: what comes after it is unknown, and is not sent', async () => {
  const opened = await processor.openAccount({ key: newId('prc'), name: 'Riverside' })
  if (!('value' in opened)) throw new Error('the sandbox answers')
  await sandbox.control('faults', { rules: [{ fault: 'slow=400' }] })
  const order = { practice: newId('prc'), account: newId('acc') }
  const bounded = processor.within(600)
  expect(await bounded.createCustomer(opened.value, order)).toHaveProperty('value')
  expect(await bounded.createCustomer(opened.value, order)).toHaveProperty('unknown')
  const asked = JSON.stringify((await sandbox.control('summary')).requests)
  expect(await bounded.createCustomer(opened.value, order)).toHaveProperty('unknown')
  expect(JSON.stringify((await sandbox.control('summary')).requests)).toBe(asked)
  await sandbox.control('faults', { rules: [] })
  expect(await processor.createCustomer(opened.value, order)).toHaveProperty('value')
})
