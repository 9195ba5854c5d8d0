import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Site, serveWorld } from '../../test/support/http.ts'
import { makeWorld, type World } from '../../test/support/world.ts'

let world: World
let site: Site
beforeAll(async () => {
  world = await makeWorld()
  site = await serveWorld(world)
}, 60_000)
afterAll(async () => {
  await site?.stop()
  await world?.end()
})

/** Sends this much of a body behind these headers, never more, and listens until the other side closes. */
function send(path: string, length: string, body: string): Promise<string> {
  const { hostname, port, host } = new URL(site.origin)
  const type = 'Content-Type: application/x-www-form-urlencoded'
  return new Promise((resolve, reject) => {
    let heard = ''
    const socket = connect(Number(port), hostname)
    socket.setTimeout(20_000, () => reject(new Error(`still open after ${heard}`)))
    socket.on('data', part => {
      heard += part
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(heard))
    socket.write(`POST ${path} HTTP/1.1\r\nHost: ${host}\r\n${type}\r\n${length}\r\n\r\n${body}`)
  })
}
const NEXT = 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'
const chunk = (bytes: number) => `${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n`

test('what is too large is answered 413, says that the connection closes, and closes it', async () => {
  const [form, event] = [64 * 1024, 1024 * 1024]
  for (const [path, most] of [
    ['/riverside', form],
    ['/riverside/office', form],
    ['/webhooks/stripe', event],
  ] as const)
    for (const [how, length, body] of [
      ['all of it is sent', `Content-Length: ${most + 1}`, 'x'.repeat(most + 1)],
      ['a request follows', `Content-Length: ${most + 1}`, 'x'.repeat(most + 1) + NEXT],
      ['more is said and none is sent', `Content-Length: ${most * 100}`, ''],
      ['more is sent than is said anywhere', 'Transfer-Encoding: chunked', chunk(most) + chunk(1)],
      ['much more is sent', `Content-Length: ${most * 3}`, 'x'.repeat(most * 3)],
    ] as const) {
      const heard = await send(path, length, body)
      expect(heard, `${path} ${how}`).toMatch(/^HTTP\/1\.1 413 /)
      expect(heard.split('\r\n\r\n')[0], `${path} ${how}`).toMatch(/\r\nconnection: close\b/i)
      expect(heard.match(/HTTP\/1\.1 /g), `${path} ${how}`).toHaveLength(1)
    }
}, 60_000)

test('whatever is answered before all of a request has come closes the connection and says so', async () => {
  for (const [path, status] of [
    ['/riverside/payments', 303],
    ['/nowhere', 404],
    ['/nowhere/office/sign-out', 404],
  ] as const) {
    const heard = await send(path, 'Content-Length: 1000000', 'x'.repeat(1000))
    expect(heard, path).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(heard.split('\r\n\r\n')[0], path).toMatch(/\r\nconnection: close\b/i)
  }
})

test('what is just not too large is read, and the connection stays', async () => {
  const body = `email=${'x'.repeat(64 * 1024 - 6)}`
  const heard = await send(
    '/riverside',
    `Content-Length: ${body.length}\r\nOrigin: http://127.0.0.1:3000`,
    `${body}${NEXT.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')}`,
  )
  expect(heard.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 422', 'HTTP/1.1 200'])
})
