import { request } from 'node:http'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Client, type Site, serveWorld, signIn } from '../../test/support/http.ts'
import { makeHousehold, makeWorld, type World } from '../../test/support/world.ts'
import { encodingFor } from './compress.ts'

let world: World
let site: Site
let client: Client
beforeAll(async () => {
  world = await makeWorld()
  site = await serveWorld(world)
  client = await signIn(world, site, await makeHousehold(world, [10000n, 5000n]))
}, 60_000)
afterAll(async () => {
  await site?.stop()
  await world?.end()
})

type Sent = { status: number; headers: Record<string, string | string[] | undefined>; bytes: Buffer }

/** One request as it goes over the wire; fetch would undo what is looked at here. */
function ask(path: string, accepts: string | undefined, method = 'GET'): Promise<Sent> {
  const cookie = [...client.cookies].map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('; ')
  const headers = { Cookie: cookie, ...(accepts === undefined ? {} : { 'Accept-Encoding': accepts }) }
  return new Promise((resolve, reject) => {
    const sent = request(`${site.origin}${path}`, { method, headers }, answer => {
      const parts: Buffer[] = []
      answer.on('data', part => parts.push(part))
      answer.once('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, bytes: Buffer.concat(parts) }),
      )
    })
    sent.once('error', reject)
    sent.end()
  })
}

const UNDO = { zstd: zstdDecompressSync, br: brotliDecompressSync, gzip: gunzipSync }
/** A page without what is made for each answer. */
const text = (bytes: Buffer) => bytes.toString('utf8').replace(/(name="(?:_csrf|payment)" value=)"[^"]+"/g, '$1')

test('a page goes compressed to whoever takes it, and is the same page', async () => {
  const plain = await ask('/riverside/bills', undefined)
  expect(plain.headers['content-encoding']).toBeUndefined()
  expect(plain.headers.vary).toBe('Accept-Encoding')
  for (const [encoding, undo] of Object.entries(UNDO)) {
    const { status, headers, bytes } = await ask('/riverside/bills', encoding)
    expect(status).toBe(200)
    expect(headers).toMatchObject({ 'content-encoding': encoding, vary: 'Accept-Encoding' })
    expect(headers['content-length']).toBe(String(bytes.length))
    expect(bytes.length).toBeLessThan(plain.bytes.length / 2)
    expect(text(undo(bytes))).toBe(text(plain.bytes))
  }
})

test('a page that is refused is compressed like any other', async () => {
  const { status, headers, bytes } = await ask('/riverside/nothing', 'gzip')
  expect(status).toBe(404)
  expect(headers['content-encoding']).toBe('gzip')
  expect(gunzipSync(bytes).toString('utf8')).toContain('<!DOCTYPE html>')
})

test('asking for the head alone tells what the page would be', async () => {
  const page = await ask('/riverside/bills', 'br')
  const head = await ask('/riverside/bills', 'br', 'HEAD')
  expect(head.bytes.length).toBe(0)
  expect(head.status).toBe(200)
  expect(head.headers).toMatchObject({ 'content-encoding': 'br', vary: 'Accept-Encoding' })
  expect(Math.abs(Number(head.headers['content-length']) - page.bytes.length)).toBeLessThan(20)
})

test('what is short goes as it is, and says that it depends on what the reader takes', async () => {
  for (const path of ['/healthz', '/riverside/brand.css']) {
    const { headers, bytes } = await ask(path, 'gzip, br, zstd')
    expect(headers['content-encoding'], path).toBeUndefined()
    expect(headers.vary, path).toBe('Accept-Encoding')
    expect(bytes.length, path).toBeLessThan(1000)
  }
})

test('a document goes as it is, and so does what leads elsewhere', async () => {
  const bill = /href="(\/riverside\/bills\/inv_[0-9a-z]+)"/.exec(text((await ask('/riverside/bills', '')).bytes))?.[1]
  const pdf = await ask(`${bill}/bill.pdf`, 'gzip, br, zstd')
  expect(pdf.headers['content-type']).toBe('application/pdf')
  expect(pdf.headers['content-encoding']).toBeUndefined()
  expect(pdf.headers.vary).toBeUndefined()
  expect(pdf.bytes.subarray(0, 5).toString()).toBe('%PDF-')
  const turned = await ask('/riverside', 'gzip')
  expect(turned.status).toBe(303)
  expect(turned.headers['content-encoding']).toBeUndefined()
})

test('what the build compressed is not compressed again', async () => {
  const css = /href="(\/assets\/portico-[^"]+\.css)"/.exec(text((await ask('/riverside/home', '')).bytes))?.[1] ?? ''
  const { headers, bytes } = await ask(css, 'br')
  expect(headers['content-encoding']).toBe('br')
  expect(brotliDecompressSync(bytes).toString('utf8')).toContain('--brand')
})

test('no token stands in two answers, and each of them opens the form', async () => {
  const first = await client.csrf('/riverside/profile')
  const second = await client.csrf('/riverside/profile')
  expect(first).not.toBe(second)
  for (const _csrf of [first, second]) {
    const answer = await client.post('/riverside/code', { _csrf, ask: 'yes', next: '/riverside/methods' })
    expect(answer.status, answer.body).not.toBe(403)
  }
  expect((await client.post('/riverside/code', { _csrf: `${first}A`, ask: 'yes' })).status).toBe(403)
})

test('a token before signing in changes with every answer too, and is tied to its browser', async () => {
  const stranger = site.client()
  const path = '/riverside/office'
  const [first, second] = [await stranger.csrf(path), await stranger.csrf(path)]
  expect(first).not.toBe(second)
  const form = { email: 'nobody@example.org', password: 'whatever it is' }
  expect((await stranger.post(path, { ...form, _csrf: first })).status).toBe(422)
  expect((await site.client().post(path, { ...form, _csrf: second })).status).toBe(403)
})

test('the reader chooses the encoding, and of equals the cheapest is taken', () => {
  const chosen: [string | undefined, string | undefined][] = [
    [undefined, undefined],
    ['', undefined],
    ['identity', undefined],
    ['deflate', undefined],
    ['gzip, deflate', 'gzip'],
    ['gzip, deflate, br', 'br'],
    ['gzip, deflate, br, zstd', 'zstd'],
    ['zstd;q=0.5, gzip', 'gzip'],
    ['br;q=0, gzip;q=0.2', 'gzip'],
    ['gzip;q=0', undefined],
    ['*', 'zstd'],
    ['*;q=0', undefined],
    ['zstd;q=0, *', 'br'],
    ['GZIP', 'gzip'],
    [',;;q=,=;"', undefined],
  ]
  for (const [accepts, encoding] of chosen) expect(encodingFor(accepts), accepts).toBe(encoding)
})
