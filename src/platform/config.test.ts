import { expect, test } from 'vitest'
import { readConfig } from './config.ts'
import { isLoopback } from './loopback.ts'

const STRIPE = {
  PORTICO_PROCESSOR: 'stripe',
  STRIPE_SECRET_KEY: 'sk_test_1',
  STRIPE_PUBLISHABLE_KEY: 'pk_test_1',
  STRIPE_WEBHOOK_SECRET: 'whsec_1',
}
const PRODUCTION = {
  ...STRIPE,
  PORTICO_MODE: 'production',
  PORTICO_URL: 'https://portal.example.org',
  SMTP_URL: 'smtps://mail.example.org',
  MAIL_FROM: 'Elm Street <portal@example.org>',
}
const ALONE = [undefined, 'demo', 'development', 'test']
const inMode = (mode: string | undefined, more: Record<string, string | undefined>) =>
  readConfig(mode === undefined ? more : { PORTICO_MODE: mode, ...more })

test('a live key is refused outside production, by a sentence that does not show it', () => {
  const live = { STRIPE_SECRET_KEY: ['sk_live_1', 'rk_live_1'], STRIPE_PUBLISHABLE_KEY: ['pk_live_1'] }
  for (const mode of ALONE)
    for (const [name, keys] of Object.entries(live))
      for (const key of keys) {
        for (const more of [{ ...STRIPE, [name]: key }, { [name]: key }])
          expect(() => inMode(mode, more), `${mode} ${key}`).toThrow(
            `${name} is a live key, and PORTICO_MODE is ${mode ?? 'demo'}, which charges no real card: give the test keys, or set PORTICO_MODE=production and what it needs (README, Production).`,
          )
        expect(readConfig({ ...PRODUCTION, [name]: key }).stripe).toBeDefined()
      }
  expect(inMode('development', STRIPE).stripe.secretKey).toBe('sk_test_1')
})

test('outside production nothing listens, and no link leads, but to this machine', () => {
  for (const mode of ALONE) {
    for (const host of ['0.0.0.0', '::', '192.168.1.5', 'portal.example.org', '::ffff:192.168.1.5'])
      expect(() => inMode(mode, { HOST: host }), `${mode} ${host}`).toThrow(
        `HOST=${host} would open PORTICO_MODE=${mode ?? 'demo'}, with its mailbox and published passwords, to the network: leave HOST out, or set PORTICO_MODE=production`,
      )
    for (const url of ['http://192.168.1.5:3000', 'https://portal.example.org', 'http://localhost.example.org'])
      expect(() => inMode(mode, { PORTICO_URL: url }), `${mode} ${url}`).toThrow(
        `PORTICO_URL=${url} is not this machine, and PORTICO_MODE is ${mode ?? 'demo'}: leave PORTICO_URL out, or set PORTICO_MODE=production`,
      )
    for (const more of [
      { HOST: 'localhost' },
      { HOST: '::1' },
      { HOST: '127.0.0.2' },
      { PORTICO_URL: 'http://[::1]:80' },
    ])
      expect(inMode(mode, more).mode, JSON.stringify(more)).toBe(mode ?? 'demo')
  }
  expect(readConfig({ ...PRODUCTION, HOST: '0.0.0.0' })).toMatchObject({ host: '0.0.0.0', url: PRODUCTION.PORTICO_URL })
})

test('PORTICO_URL is an origin; with a path, a query or a name it is refused by a sentence', () => {
  expect(readConfig({ PORTICO_URL: 'HTTP://LocalHost:3000/' }).url).toBe('http://localhost:3000')
  expect(readConfig({ ...PRODUCTION, PORTICO_URL: 'https://portal.example.org:443' }).url).toBe(PRODUCTION.PORTICO_URL)
  for (const more of ['/portal', '/?x=1', '/#x', '//'])
    expect(() => readConfig({ ...PRODUCTION, PORTICO_URL: `https://portal.example.org${more}` }), more).toThrow(
      'PORTICO_URL is scheme, host and port alone, such as https://portal.example.org: ',
    )
  expect(() => readConfig({ PORTICO_URL: 'http://me@localhost' })).toThrow('scheme, host and port alone')
})

test('every address of this machine is its own, and nothing else is', () => {
  for (const host of [
    'localhost',
    'LOCALHOST',
    'portal.localhost',
    '127.0.0.1',
    '127.9.9.9',
    '::1',
    '[::1]',
    '::ffff:127.0.0.1',
  ])
    expect(isLoopback(host), host).toBe(true)
  for (const host of [
    '',
    '0.0.0.0',
    '::',
    '10.0.0.1',
    '128.0.0.1',
    'localhost.example.org',
    'notlocalhost',
    '127.0.0.1.nip.io',
    '::2',
  ])
    expect(isLoopback(host), host).toBe(false)
})
