import { BarePage } from '../../design/bare-page.tsx'
import { ButtonLink } from '../../design/button.tsx'
import { List } from '../../design/list.tsx'
import { Name } from '../../design/name.tsx'
import { Notice } from '../../design/notice.tsx'
import { paths } from '../../kernel/paths.ts'
import { Refusal } from '../../kernel/refusal.ts'
import { listDirectory, listPractices, type Practice } from '../../practice/practices.ts'
import { page, seeOther } from '../../web/answers.ts'
import { type PlainGet, plainGet } from '../../web/route.ts'

/**
 * The first page of an installation. The demo lists its practices, and so do development and test. In production who else
 * is a customer here is nobody's business: one practice alone is led to, several are the 404 page, and each gives out its own address.
 */
export const practiceListRoute = plainGet({ path: '/', room: 'practice', audit: null }, async context => {
  const { app } = context
  if (app.config.mode !== 'production')
    return page(<PracticeList context={context} practices={await listPractices(app.db)} />)
  const [only, ...others] = await listDirectory(app.db)
  if (!only || others.length > 0) throw new Refusal('absent', 'absent')
  return seeOther(paths.door(only.slug))
})

function PracticeList({ context: { words, frame }, practices }: { context: PlainGet; practices: readonly Practice[] }) {
  const title = words.t('practices.title')
  return (
    <BarePage frame={{ ...frame, demo: false }} title={title} wide index>
      {frame.demo && <Notice>{words.t('demo.banner')}</Notice>}
      <div class="stack-s">
        <h1>{title}</h1>
        <p class="muted">{words.t('practices.lead')}</p>
      </div>
      <div class="practices">
        {practices.map(practice => (
          <section key={practice.id} class="card pad stack" aria-labelledby={practice.slug}>
            <div>
              <h2 id={practice.slug}>
                <Name>{practice.name}</Name>
              </h2>
              {practice.address.city && (
                <p class="muted small">{[practice.address.city, practice.address.state].filter(Boolean).join(', ')}</p>
              )}
            </div>
            <div class="row">
              <ButtonLink href={paths.door(practice.slug)} kind="primary">
                {words.t('practices.patients')}
              </ButtonLink>
              <ButtonLink href={paths.office.door(practice.slug)}>{words.t('practices.staff')}</ButtonLink>
            </div>
          </section>
        ))}
      </div>
      <section class="card">
        <List
          items={[
            {
              key: 'mailbox',
              icon: 'inbox',
              title: words.t('practices.mailbox'),
              href: paths.mailbox(),
              detail: words.t('practices.mailbox.lead'),
            },
          ]}
        />
      </section>
    </BarePage>
  )
}
