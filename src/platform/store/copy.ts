import { PassThrough, type Writable } from 'node:stream'
import pg from 'pg'

/** pg leaves the two handlers of COPY empty; whoever fills them works on the connection's own socket. */
type Wire = {
  stream: Writable & { pause(): void; resume(): void }
  sendCopyFromChunk(chunk: Uint8Array): void
  endCopyFrom(): void
  sendCopyFail(why: string): void
}
type Handlers = {
  handleCopyData?(message: { chunk: Buffer }, wire: Wire): void
  handleCopyInResponse?(wire: Wire): void
}
type Done = (error: Error | null | undefined, result?: { rowCount: number | null }) => void

function send(client: pg.Client, text: string, done: Done, handlers: Handlers): void {
  client.query(Object.assign(new pg.Query(text, done as () => void), handlers))
}

/** A row is a message of its own; so many bytes of them go on together. */
const PAGE = 1 << 16

/** The answer of COPY … TO STDOUT as it comes; a slow reader makes the server wait. */
export function copyOut(client: pg.Client, text: string): PassThrough {
  const out = new PassThrough({ highWaterMark: 4 * PAGE })
  let page = Buffer.allocUnsafe(PAGE)
  let filled = 0
  const turn = (): boolean => {
    const isRoom = filled === 0 || out.write(page.subarray(0, filled))
    page = Buffer.allocUnsafe(PAGE)
    filled = 0
    return isRoom
  }
  /** Copies, because the chunk is a view of a buffer that the client fills again; answers whether there is room for more. */
  const put = (chunk: Buffer): boolean => {
    const isRoom = filled + chunk.length <= PAGE || turn()
    if (chunk.length > PAGE) return out.write(Buffer.from(chunk))
    filled += chunk.copy(page, filled)
    return isRoom
  }
  const done: Done = error => {
    if (error) return void out.destroy(error)
    turn()
    out.end()
  }
  send(client, text, done, {
    handleCopyData: ({ chunk }, { stream }) => {
      if (out.destroyed || put(chunk) || out.listenerCount('drain') > 0) return
      stream.pause()
      void roomIn(out).then(() => stream.resume())
    },
  })
  return out
}

/** Sends rows to COPY … FROM STDIN, waiting whenever the server does; answers how many rows it took. */
export async function copyIn(client: pg.Client, text: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  return new Promise((resolve, reject) => {
    let broken: Error | undefined
    let refused = false
    const done: Done = (error, result) => {
      refused = Boolean(error)
      if (error) reject(broken ?? error)
      else resolve(result?.rowCount ?? 0)
    }
    const pour = async (wire: Wire) => {
      for await (const chunk of chunks) {
        if (refused || !wire.stream.writable) return
        wire.sendCopyFromChunk(chunk)
        if (wire.stream.writableNeedDrain) await roomIn(wire.stream)
      }
      wire.endCopyFrom()
    }
    send(client, text, done, {
      handleCopyInResponse: wire => {
        pour(wire).catch((error: Error) => {
          // The server ends the copy with an error of its own; the reason is the source's.
          broken = error
          wire.sendCopyFail('the source broke off')
        })
      },
    })
  })
}

/** Settles when a stream that is full takes more, or is gone. */
function roomIn(stream: Writable): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      stream.off('drain', done).off('close', done)
      resolve()
    }
    stream.on('drain', done).on('close', done)
  })
}
