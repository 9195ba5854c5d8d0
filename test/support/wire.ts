import { connect } from 'node:net'

/** A request as bytes, and what came back: for what no client library would send. */
export type Wire = {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}
export type Heard = { readonly status: number; readonly head: string; readonly body: string; readonly ms: number }

/** Sends a request as it stands and listens until the other side has ended; status 0 when it hung up without a word. */
export function send(origin: string, { method, path, headers, body = '' }: Wire): Promise<Heard> {
  const { hostname, port, host } = new URL(origin)
  const bytes = Buffer.from(body)
  const lines = Object.entries({ Host: host, Connection: 'close', ...headers })
  if (method !== 'GET') lines.push(['Content-Length', String(bytes.length)])
  const head = `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
  const started = performance.now()
  return new Promise(resolve => {
    const parts: Buffer[] = []
    const socket = connect(Number(port), hostname)
    socket.setTimeout(20_000, () => socket.destroy())
    socket.on('data', (part: Buffer) => parts.push(part))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(heard(Buffer.concat(parts).toString('utf8'), performance.now() - started)))
    socket.write(Buffer.concat([Buffer.from(head), bytes]))
  })
}

function heard(text: string, ms: number): Heard {
  const end = text.indexOf('\r\n\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0)
  return { status, head: text.slice(0, Math.max(end, 0)), body: text.slice(end + 4), ms }
}
