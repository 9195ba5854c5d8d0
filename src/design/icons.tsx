import arrowLeft from 'lucide-static/icons/arrow-left.svg?raw'
import arrowLeftRight from 'lucide-static/icons/arrow-left-right.svg?raw'
import banknote from 'lucide-static/icons/banknote.svg?raw'
import check from 'lucide-static/icons/check.svg?raw'
import chevronLeft from 'lucide-static/icons/chevron-left.svg?raw'
import chevronRight from 'lucide-static/icons/chevron-right.svg?raw'
import circleAlert from 'lucide-static/icons/circle-alert.svg?raw'
import circleCheck from 'lucide-static/icons/circle-check.svg?raw'
import circleX from 'lucide-static/icons/circle-x.svg?raw'
import creditCard from 'lucide-static/icons/credit-card.svg?raw'
import download from 'lucide-static/icons/download.svg?raw'
import hourglass from 'lucide-static/icons/hourglass.svg?raw'
import house from 'lucide-static/icons/house.svg?raw'
import inbox from 'lucide-static/icons/inbox.svg?raw'
import info from 'lucide-static/icons/info.svg?raw'
import landmark from 'lucide-static/icons/landmark.svg?raw'
import languages from 'lucide-static/icons/languages.svg?raw'
import leaf from 'lucide-static/icons/leaf.svg?raw'
import lock from 'lucide-static/icons/lock.svg?raw'
import logOut from 'lucide-static/icons/log-out.svg?raw'
import mail from 'lucide-static/icons/mail.svg?raw'
import plus from 'lucide-static/icons/plus.svg?raw'
import receiptText from 'lucide-static/icons/receipt-text.svg?raw'
import rotateCcw from 'lucide-static/icons/rotate-ccw.svg?raw'
import search from 'lucide-static/icons/search.svg?raw'
import send from 'lucide-static/icons/send.svg?raw'
import shieldCheck from 'lucide-static/icons/shield-check.svg?raw'
import stethoscope from 'lucide-static/icons/stethoscope.svg?raw'
import triangleAlert from 'lucide-static/icons/triangle-alert.svg?raw'
import users from 'lucide-static/icons/users.svg?raw'

/** The shape inside lucide's svg file, without its licence comment and frame. */
function shapeOf(svg: string): string {
  return (/<svg[^>]*>([\s\S]*)<\/svg>/.exec(svg)?.[1] ?? '').replace(/\s*\n\s*/g, '')
}

const SHAPES = {
  'arrow-left': shapeOf(arrowLeft),
  'arrow-left-right': shapeOf(arrowLeftRight),
  banknote: shapeOf(banknote),
  check: shapeOf(check),
  'chevron-left': shapeOf(chevronLeft),
  'chevron-right': shapeOf(chevronRight),
  'circle-alert': shapeOf(circleAlert),
  'circle-check': shapeOf(circleCheck),
  'circle-x': shapeOf(circleX),
  'credit-card': shapeOf(creditCard),
  download: shapeOf(download),
  hourglass: shapeOf(hourglass),
  house: shapeOf(house),
  inbox: shapeOf(inbox),
  info: shapeOf(info),
  landmark: shapeOf(landmark),
  languages: shapeOf(languages),
  leaf: shapeOf(leaf),
  lock: shapeOf(lock),
  'log-out': shapeOf(logOut),
  mail: shapeOf(mail),
  plus: shapeOf(plus),
  'receipt-text': shapeOf(receiptText),
  'rotate-ccw': shapeOf(rotateCcw),
  search: shapeOf(search),
  send: shapeOf(send),
  'shield-check': shapeOf(shieldCheck),
  stethoscope: shapeOf(stethoscope),
  'triangle-alert': shapeOf(triangleAlert),
  users: shapeOf(users),
} as const

/** The icons that pages use; each is in the server's bundle once. */
export type IconName = keyof typeof SHAPES

/** A picture beside words that say the same: hidden from screen readers. */
export function Icon({ name, class: extra }: { name: IconName; class?: string }) {
  return (
    <svg
      class={extra ? `icon ${extra}` : 'icon'}
      viewBox="0 0 24 24"
      aria-hidden="true"
      dangerouslySetInnerHTML={{ __html: SHAPES[name] }}
    />
  )
}
