// Script only saves taps: every page works without it.
import { initAll } from './govuk/govuk-frontend.min.js'

initAll()

// The privacy cover blanks the page until it is pressed again. Without script the same link leads to a neutral page.
const cover = document.querySelector('[data-kith-cover]')
const opener = document.querySelector('[data-kith-cover-link]')
if (cover && opener) {
  const rest = [...document.body.children].filter((part) => part !== cover && part.tagName !== 'SCRIPT')
  const title = document.title
  const set = (covered) => {
    cover.hidden = !covered
    rest.forEach((part) => { part.inert = covered })
    document.title = covered ? 'Kith' : title
    ;(covered ? cover.querySelector('button') : opener).focus()
  }
  opener.addEventListener('click', (event) => { event.preventDefault(); set(true) })
  cover.querySelector('button').addEventListener('click', () => set(false))
}

// A form that was sent is not sent twice; coming back to the page opens it again.
document.addEventListener('submit', (event) => {
  if (event.defaultPrevented) return
  if (event.target.dataset.sent) { event.preventDefault(); return }
  event.target.dataset.sent = '1'
})
window.addEventListener('pageshow', () => {
  document.querySelectorAll('form[data-sent]').forEach((form) => { delete form.dataset.sent })
})
document.querySelectorAll('[data-kith-print]').forEach((button) => {
  button.hidden = false
  button.addEventListener('click', () => window.print())
})

// What is typed is kept as a draft on the server every few seconds, and when the page is left: a lost signal or a closed phone loses nothing.
document.querySelectorAll('[data-kith-draft]').forEach((marker) => {
  const form = marker.closest('form')
  const keep = () => {
    if (form.dataset.sent || !form.dataset.typed) return
    delete form.dataset.typed
    fetch(marker.dataset.kithDraft, { method: 'POST', body: new FormData(form), keepalive: true, redirect: 'manual' })
      .then((answer) => { marker.textContent = answer.status === 204 ? 'Kept as a draft.' : 'Not kept. Copy your words before you leave.' })
      .catch(() => { form.dataset.typed = '1'; marker.textContent = 'No signal: not kept yet. We try again.' })
  }
  let waiting
  form.addEventListener('input', () => {
    form.dataset.typed = '1'
    clearTimeout(waiting)
    waiting = setTimeout(keep, 2000)
  })
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'hidden') keep() })
  window.addEventListener('online', keep)
})
