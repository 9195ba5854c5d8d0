import { basename } from 'node:path'
import { forTerminal } from '../kernel/texts.ts'

const WIDTH = 24

/** How far a file has come: a bar on a terminal's standard error, nothing elsewhere. */
export function byteBar(path: string, stream: NodeJS.WriteStream = process.stderr) {
  if (!stream.isTTY) return { show: () => undefined, end: () => undefined }
  let shown = -1
  return {
    show(done: number, total: number) {
      const percent = total === 0 ? 100 : Math.floor((100 * done) / total)
      if (percent === shown) return
      shown = percent
      const filled = Math.min(WIDTH, Math.round((WIDTH * percent) / 100))
      const step = percent < 50 ? 'checking' : 'taking'
      const line = `[${'█'.repeat(filled)}${'·'.repeat(WIDTH - filled)}] ${percent}% ${step} ${forTerminal(basename(path))}`
      stream.write(`\r\x1b[K${line.slice(0, Math.max(20, stream.columns - 1))}`)
    },
    end() {
      if (shown >= 0) stream.write('\r\x1b[K')
    },
  }
}
