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

// Reading aloud, where this browser has a voice for the language. The words never leave the machine by Kith's doing.
const listeners = [...document.querySelectorAll('[data-kith-listen]')]
if (listeners.length && 'speechSynthesis' in window) {
  const offer = () => listeners.forEach((button) => {
    const words = document.getElementById(button.dataset.kithListen)
    const language = words.closest('[lang]').lang
    // A voice that works elsewhere would send the words away: only one on this machine reads.
    const voice = speechSynthesis.getVoices().find((one) => one.localService && one.lang.split(/[-_]/)[0] === language.split('-')[0])
    button.hidden = !voice
    button.onclick = () => {
      speechSynthesis.cancel()
      const said = new SpeechSynthesisUtterance(words.innerText)
      said.lang = language
      said.voice = voice
      speechSynthesis.speak(said)
    }
  })
  speechSynthesis.addEventListener('voiceschanged', offer)
  offer()
}

// Better words beside the box, for staff: looked for here, in what is being typed, and never in the way.
const wordsMain = document.querySelector('[data-kith-words]')
if (wordsMain && wordsMain.querySelector('textarea, input[type=text]')) {
  let rows = null
  const table = async () => {
    if (!rows) {
      const answer = await fetch(wordsMain.dataset.kithWords)
      rows = answer.ok ? (await answer.json()).map(({ heard, better }) => ({ seek: new RegExp(`(?<!\\w)(?:${heard})(?!\\w)`, heard.includes('DNA') ? '' : 'i'), better })) : []
    }
    return rows
  }
  wordsMain.addEventListener('change', async ({ target }) => {
    if (!target.matches('textarea, input[type=text]')) return
    const found = (await table()).map(({ seek, better }) => ({ said: target.value.match(seek), better })).filter(({ said }) => said).slice(0, 3)
    let note = document.getElementById(`${target.id}-words`)
    if (!note && found.length) {
      note = document.createElement('p')
      note.id = `${target.id}-words`
      note.className = 'govuk-hint kith-nudge'
      note.setAttribute('role', 'status')
      target.insertAdjacentElement('afterend', note)
    }
    if (note) note.textContent = found.map(({ said, better }) => `Instead of “${said[0]}” you might say: ${better}.`).join(' ')
  })
}
