import { Icon } from './icons.tsx'

/** The practice's sign and name, the way home: first word strong, the rest below it. */
export function BrandMark({ href, name, under }: { href: string; name: string; under?: string }) {
  const [first, ...rest] = name.split(' ')
  const second = under ?? rest.join(' ')
  return (
    <a class="brand" href={href}>
      <span class="mark">
        <Icon name="leaf" />
      </span>
      <span>
        {first} {second && <span class="brand-rest">{second}</span>}
      </span>
    </a>
  )
}
