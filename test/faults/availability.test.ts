import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../src/main/ports.ts'
import { type Process, startInWorld, untilServing } from '../support/processes.ts'
import { makeWorld, type World } from '../support/world.ts'

let world: World
let app: Process
let port: number
beforeAll(async () => {
  world = await makeWorld()
  port = await freePort(0, '127.0.0.1', 'PORT')
  app = await startInWorld(world, ['serve'], { PORT: String(port), PORTICO_URL: `http://127.0.0.1:${port}` })
  await untilServing(port)
}, 60_000)
afterAll(async () => {
  app?.signal('SIGKILL')
  await world?.end()
})

/** A sender that begins a request and never ends it. */
async function slowSender(): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write('POST /riverside/link HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n')
  return socket
}

test('four hundred slow connections leave the app available, and are cut off', { timeout: 60_000 }, async () => {
  const senders = await Promise.all(Array.from({ length: 400 }, slowSender))
  const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(`http://127.0.0.1:${port}/riverside`)))
  expect(answers.map(answer => answer.status)).toEqual(Array(20).fill(200))
  const [first] = senders
  if (first && !first.destroyed) await once(first.resume(), 'close')
  for (const sender of senders) sender.destroy()
})

test('asked to end, it ends within ten seconds, with slow connections open and a request under way', {
  timeout: 60_000,
}, async () => {
  const sender = await slowSender()
  const started = performance.now()
  app.signal('SIGTERM')
  expect((await app.ended).status).toBe(0)
  expect(performance.now() - started).toBeLessThan(10_000)
  sender.destroy()
})
