import qrcode from 'qrcode-generator'
import type { Paper } from './paper.ts'
import { INK } from './text.ts'

/** A square that a phone's camera opens, told to screen readers in words. */
export function qrFigure(paper: Paper, { url, alt }: { url: string; alt: string }, x: number, y: number, side: number) {
  const { doc, root } = paper
  const code = qrcode(0, 'M')
  code.addData(url)
  code.make()
  const count = code.getModuleCount()
  const module = side / count
  const content = doc.markStructureContent('Figure')
  for (let row = 0; row < count; row++)
    for (let column = 0; column < count; column++) {
      let run = 0
      while (column + run < count && code.isDark(row, column + run)) run++
      if (run) doc.rect(x + column * module, y + row * module, run * module, module)
      column += run
    }
  doc.fill(INK)
  doc.endMarkedContent()
  const figure = { alt, bbox: [x, y, x + side, y + side] }
  root.add(doc.struct('Figure', figure, [content]))
}
