import { newId } from '@signalbox/core/base/ids.ts'
import { SessionView } from '@signalbox/core/contract/views/session.ts'
import { type ApiUnderTest, apiUnderTest } from '@signalbox/testing/api-under-test.ts'
import { totp } from '@signalbox/testing/totp.ts'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { issueLoginToken } from '../auth/sign-in.ts'
import { countSignIn } from '../auth/throttle.ts'
import { authPaths } from './auth-routes.ts'

let api: ApiUnderTest
beforeAll(async () => {
  api = await apiUnderTest()
})
afterAll(() => api.close())
beforeEach(async () => {
  await sql`delete from sign_in_attempts`.execute(api.deps.db)
})

const password = 'correct horse battery staple'

/** A browser: it keeps cookies and sends the CSRF token with writes. */
class Browser {
  readonly cookies = new Map<string, string>()
  csrf = ''

  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(`${api.url}${path}`, {
      method,
      headers: {
        origin: api.url,
        ...(cookie === '' ? {} : { cookie }),
        ...(method === 'GET' ? {} : { 'content-type': 'application/json', 'x-csrf-token': this.csrf }),
        ...headers,
      },
      body: method === 'GET' ? undefined : JSON.stringify(body ?? {}),
    })
    for (const set of answer.headers.getSetCookie()) {
      const [pair = ''] = set.split(';')
      const equals = pair.indexOf('=')
      const [name, value] = [pair.slice(0, equals), pair.slice(equals + 1)]
      if (value === '' || /max-age=0/i.test(set)) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    const text = await answer.text()
    const json: Record<string, unknown> = text === '' ? {} : JSON.parse(text)
    return { status: answer.status, json, headers: answer.headers }
  }

  async session(): Promise<SessionView | undefined> {
    const { status, json } = await this.ask('GET', '/api/session')
    if (status !== 200) return undefined
    const view = SessionView.parse(json)
    this.csrf = view.csrfToken
    return view
  }

  /** By a link that an owner made. */
  async open(url: string): Promise<void> {
    const token = new URL(url).hash.replace('#token=', '')
    expect((await this.ask('POST', '/api/session', { token })).status).toBe(200)
    await this.session()
  }

  async signIn(email: string, given = password) {
    return await this.ask('POST', '/api/auth/sign-in/email', { email, password: given })
  }
}

async function invited(role = 'user'): Promise<{ browser: Browser; email: string; userId: string }> {
  const email = `ada-${newId().slice(-8)}@example.org`
  const answer = await api.call('POST', '/api/users', { body: { name: 'Ada', email, role } })
  const { user, link } = await answer.json()
  const browser = new Browser()
  await browser.open(link.url)
  return { browser, email, userId: user.id }
}

async function withPassword(role = 'user') {
  const person = await invited(role)
  const set = await person.browser.ask('POST', '/api/account/password', { password })
  expect(set.status).toBe(200)
  return person
}

describe('an invited person', () => {
  it('sets a password, and from then on signs in with it', async () => {
    const { browser, email } = await invited()
    expect((await browser.session())?.needsSetup).toBe(true)
    expect((await browser.ask('POST', '/api/account/password', { password: 'short' })).json).toMatchObject({
      code: 'weak-password',
    })
    expect((await browser.ask('POST', '/api/account/password', { password })).status).toBe(200)
    expect((await browser.session())?.needsSetup).toBe(false)
    const other = new Browser()
    const answer = await other.signIn(email.toUpperCase())
    expect(answer.status).toBe(200)
    expect(answer.headers.get('set-cookie')).toMatch(/signalbox_session=.*HttpOnly; SameSite=Strict/i)
    // The session's token is the cookie's alone.
    expect(Object.keys(answer.json)).not.toContain('token')
    expect((await other.session())?.user.name).toBe('Ada')
    const rows = await api.deps.db
      .selectFrom('audit_log')
      .select(['user_name', 'outcome', 'via'])
      .where('action', '=', 'auth/sign-in/email')
      .orderBy('id', 'desc')
      .limit(1)
      .execute()
    expect(rows).toEqual([{ user_name: 'Ada', outcome: 'done', via: 'nobody' }])
  })

  it('changes the password only by the current one, which ends their other sessions', async () => {
    const { browser, email } = await withPassword()
    const other = new Browser()
    await other.signIn(email)
    const next = 'another fine long password'
    const wrong = { password: next, currentPassword: 'not the current one' }
    expect((await browser.ask('POST', '/api/account/password', wrong)).json).toMatchObject({
      code: 'wrong-password',
    })
    const right = { password: next, currentPassword: password }
    expect((await browser.ask('POST', '/api/account/password', right)).status).toBe(200)
    expect(await other.session()).toBeUndefined()
    expect(await browser.session()).toBeDefined()
    expect((await new Browser().signIn(email)).status).toBe(401)
    expect((await new Browser().signIn(email, next)).status).toBe(200)
  })
})

describe('guessing', () => {
  it('learns nothing of who is here, and is stopped after ten guesses at an account', async () => {
    const { email } = await withPassword()
    for (const who of [email, 'nobody@example.org']) {
      const first = await new Browser().signIn(who, 'a wrong password')
      expect([first.status, first.json['code'], first.json['detail']]).toEqual([
        401,
        'wrong-credentials',
        'Invalid email or password',
      ])
      const statuses: number[] = []
      for (let n = 0; n < 10; n++) statuses.push((await new Browser().signIn(who, 'wrong')).status)
      expect(statuses).toEqual([...Array(9).fill(401), 429])
    }
    // Also the right password waits then.
    expect((await new Browser().signIn(email)).status).toBe(429)
  })

  it('goes on being counted, whatever somebody else who signs in writes', async () => {
    const { email } = await withPassword()
    const { browser } = await withPassword()
    for (let n = 0; n < 10; n++) await new Browser().signIn(email, 'wrong')
    const enabled = await browser.ask('POST', '/api/auth/two-factor/enable', { password, email })
    expect(enabled.status).toBe(200)
    expect((await new Browser().signIn(email, 'wrong')).status).toBe(429)
  })

  it('writes no password down that was typed into the field of the address', async () => {
    await new Browser().signIn('my-very-own-password', 'x')
    const rows = await api.deps.db.selectFrom('audit_log').select(['asked']).execute()
    expect(JSON.stringify(rows)).not.toContain('my-very-own-password')
    expect(api.logged.join('')).not.toContain('my-very-own-password')
  })

  it('is stopped for one address, whatever accounts it tries; passkeys and links are not guesses', async () => {
    // Each guess costs a hash: those before the last two are counted without one.
    for (let n = 0; n < 59; n++) {
      await countSignIn(api.deps, { ip: '127.0.0.1', account: `p${n}@example.org` })
    }
    expect((await new Browser().signIn('p59@example.org', 'x')).status).toBe(401)
    expect((await new Browser().signIn('p60@example.org', 'x')).status).toBe(429)
    const browser = new Browser()
    expect((await browser.ask('GET', '/api/auth/passkey/generate-authenticate-options')).status).toBe(200)
    const unknown = { response: { id: 'unknown', rawId: 'unknown', type: 'public-key', response: {} } }
    const verified = await browser.ask('POST', '/api/auth/passkey/verify-authentication', unknown)
    expect([verified.status, verified.json['detail']]).toEqual([401, 'Passkey not found'])
    await browser.open((await issueLoginToken(api.deps, { port: 1 })).url)
    expect(await browser.session()).toBeDefined()
  })

  it('by a passkey does not use up what a password may be guessed', async () => {
    const { email } = await withPassword()
    const browser = new Browser()
    for (let n = 0; n < 70; n++) await browser.ask('POST', '/api/auth/passkey/verify-authentication', {})
    expect((await new Browser().signIn(email)).status).toBe(200)
  })
})

describe('two-factor', () => {
  it('asks for a code after the password, and takes each backup code once', async () => {
    const { browser, email } = await withPassword()
    const enabled = await browser.ask('POST', '/api/auth/two-factor/enable', { password })
    expect(enabled.status).toBe(200)
    const uri = String(enabled.json['totpURI'])
    const codes = enabled.json['backupCodes']
    if (!Array.isArray(codes)) throw new Error('no backup codes')
    const code = { code: totp(uri) }
    expect((await browser.ask('POST', '/api/auth/two-factor/verify-totp', code)).status).toBe(200)
    expect((await browser.session())?.user.name).toBe('Ada')
    const later = new Browser()
    expect((await later.signIn(email)).json).toMatchObject({ twoFactorRedirect: true })
    expect(await later.session()).toBeUndefined()
    const no = await later.ask('POST', '/api/auth/two-factor/verify-totp', { code: '000000' })
    expect(no.status).toBe(401)
    const yes = await later.ask('POST', '/api/auth/two-factor/verify-totp', { code: totp(uri) })
    expect(yes.status).toBe(200)
    expect(await later.session()).toBeDefined()
    const backup = { code: String(codes[0]) }
    const outcomes: boolean[] = []
    for (const _time of [1, 2]) {
      const again = new Browser()
      await again.signIn(email)
      outcomes.push(
        (await again.ask('POST', '/api/auth/two-factor/verify-backup-code', backup)).status === 200,
      )
    }
    expect(outcomes).toEqual([true, false])
    const stored = await api.deps.db.selectFrom('two_factors').selectAll().execute()
    expect(JSON.stringify(stored)).not.toContain(new URL(uri).searchParams.get('secret'))
    expect(JSON.stringify(stored)).not.toContain(String(codes[1]))
  })
})

describe('a device that needs no code', () => {
  /** Signed in with a code, and told to ask for none again. */
  async function trusted(email: string, uri: string): Promise<Browser> {
    const device = new Browser()
    await device.signIn(email)
    const code = { code: totp(uri), trustDevice: true }
    expect((await device.ask('POST', '/api/auth/two-factor/verify-totp', code)).status).toBe(200)
    await device.session()
    expect(await asksForCode(device, email)).toBe(false)
    return device
  }

  async function asksForCode(device: Browser, email: string, given = password): Promise<boolean> {
    const { json } = await device.signIn(email, given)
    return json['twoFactorRedirect'] === true
  }

  async function twoFactor(browser: Browser): Promise<string> {
    const enabled = await browser.ask('POST', '/api/auth/two-factor/enable', { password })
    const uri = String(enabled.json['totpURI'])
    const verified = await browser.ask('POST', '/api/auth/two-factor/verify-totp', { code: totp(uri) })
    expect(verified.status).toBe(200)
    await browser.session()
    return uri
  }

  it('is asked again after the password changed, and so is a sign-in that waits for its code', async () => {
    const { browser, email } = await withPassword()
    const uri = await twoFactor(browser)
    const device = await trusted(email, uri)
    const waiting = new Browser()
    expect(await asksForCode(waiting, email)).toBe(true)
    const next = 'another fine long password'
    const change = { password: next, currentPassword: password }
    expect((await browser.ask('POST', '/api/account/password', change)).status).toBe(200)
    expect(await asksForCode(device, email, next)).toBe(true)
    const late = await waiting.ask('POST', '/api/auth/two-factor/verify-totp', { code: totp(uri) })
    expect(late.status).toBe(401)
    expect(await waiting.session()).toBeUndefined()
  })

  it('is asked again after all other sessions were ended', async () => {
    const { browser, email } = await withPassword()
    const device = await trusted(email, await twoFactor(browser))
    expect((await browser.ask('DELETE', '/api/account/sessions')).status).toBe(200)
    expect(await asksForCode(device, email)).toBe(true)
  })

  it('is asked when two-factor was turned off and on, or everything was reset', async () => {
    const { browser, email, userId } = await withPassword()
    const device = await trusted(email, await twoFactor(browser))
    expect((await browser.ask('POST', '/api/auth/two-factor/disable', { password })).status).toBe(200)
    await browser.session()
    const again = await twoFactor(browser)
    expect(await asksForCode(device, email)).toBe(true)
    const other = await trusted(email, again)
    const link = await (await api.call('POST', `/api/users/${userId}/reset`)).json()
    const fresh = new Browser()
    await fresh.open(link.url)
    expect((await fresh.ask('POST', '/api/account/password', { password })).status).toBe(200)
    await twoFactor(fresh)
    expect(await asksForCode(other, email)).toBe(true)
  })
})

describe('what of better-auth is served', () => {
  it('is the list, and nothing else', async () => {
    expect(authPaths()).toHaveLength(12)
    for (const path of [
      '/sign-up/email',
      '/delete-user',
      '/list-sessions',
      '/reset-password',
      '/update-user',
    ]) {
      expect((await new Browser().ask('POST', `/api/auth${path}`)).status).toBe(404)
    }
  })

  it('changes nothing of an account without its page', async () => {
    const { browser } = await withPassword()
    browser.csrf = 'wrong'
    for (const path of authPaths().filter((one) => one.startsWith('POST') && !one.includes('sign-in'))) {
      if (/verify-(totp|backup|authentication)/.test(path)) continue
      expect((await browser.ask('POST', path.slice(5), { password })).status).toBe(403)
    }
  })

  it('offers passkeys for the name of the machine', async () => {
    const { browser, email: own } = await withPassword()
    const options = await browser.ask('GET', '/api/auth/passkey/generate-register-options')
    // A passkey is told from those of other accounts by the address, which is unique; a name is not.
    expect(options.json).toMatchObject({ rp: { id: 'localhost', name: 'Signalbox' }, user: { name: own } })
    // A client cannot say where it comes from.
    const spoofed = { 'x-signalbox-ip': '6.6.6.6', 'x-forwarded-for': '6.6.6.6' }
    const { email } = await withPassword()
    const signedIn = new Browser()
    await signedIn.ask('POST', '/api/auth/sign-in/email', { email, password }, spoofed)
    const { json } = await signedIn.ask('GET', '/api/account/sessions')
    expect(JSON.stringify(json)).not.toContain('6.6.6.6')
    expect(JSON.stringify(json)).toContain('127.0.0.1')
  })
})

describe('owners', () => {
  it('disable a person: sessions end, and neither password nor link signs them in', async () => {
    const { browser, email, userId } = await withPassword()
    const path = `/api/users/${userId}`
    expect((await api.call('PATCH', path, { body: { disabled: true } })).status).toBe(200)
    expect(await browser.session()).toBeUndefined()
    expect((await new Browser().signIn(email)).status).toBe(401)
    await api.call('PATCH', path, { body: { disabled: false } })
    expect((await new Browser().signIn(email)).status).toBe(200)
  })

  it('reset how a person signs in: the link replaces everything', async () => {
    const { browser, email, userId } = await withPassword()
    const link = await (await api.call('POST', `/api/users/${userId}/reset`)).json()
    const fresh = new Browser()
    await fresh.open(link.url)
    expect(await browser.session()).toBeUndefined()
    expect((await new Browser().signIn(email)).status).toBe(401)
    expect((await fresh.session())?.needsSetup).toBe(true)
  })

  it('cannot leave the machine without an owner', async () => {
    const { items } = await (await api.call('GET', '/api/users')).json()
    const owner = items.find((user: { role: string }) => user.role === 'owner')
    for (const body of [{ role: 'user' }, { disabled: true }]) {
      expect((await api.call('PATCH', `/api/users/${owner.id}`, { body })).status).toBe(409)
    }
    expect((await api.call('DELETE', `/api/users/${owner.id}`)).status).toBe(409)
  })

  it('are not made or touched by admins', async () => {
    const { browser } = await withPassword('admin')
    await browser.session()
    const { json } = await browser.ask('GET', '/api/users')
    const users = json['items']
    if (!Array.isArray(users)) throw new Error('no users')
    const owner = users.find((user) => user.role === 'owner')
    const asked = [
      browser.ask('POST', '/api/users', { name: 'X', role: 'owner' }),
      browser.ask('PATCH', `/api/users/${owner.id}`, { role: 'user' }),
      browser.ask('POST', `/api/users/${owner.id}/reset`),
    ]
    for (const answer of await Promise.all(asked)) expect(answer.status).toBe(403)
    expect((await browser.ask('POST', '/api/users', { name: 'X' })).status).toBe(200)
  })
})

describe('API tokens', () => {
  it('are shown once, listed, limited, and end when they are revoked', async () => {
    const { browser } = await withPassword('owner')
    await browser.session()
    const made = await browser.ask('POST', '/api/tokens', { name: 'ci', scopes: 'read' })
    const token = String(made.json['token'])
    expect(token).toMatch(/^sbx_/)
    const { json } = await browser.ask('GET', '/api/tokens')
    expect(JSON.stringify(json)).not.toContain(token)
    const days = (Date.parse(JSON.parse(JSON.stringify(json)).items[0].expiresAt) - Date.now()) / 86_400_000
    expect(Math.round(days)).toBe(90)
    const headers = { authorization: `Bearer ${token}` }
    expect((await api.call('GET', '/api/projects', { headers })).status).toBe(200)
    expect((await api.call('POST', '/api/projects', { headers, body: { source: '/x' } })).status).toBe(403)
    expect((await api.call('POST', '/api/tokens', { headers, body: { name: 'more' } })).status).toBe(403)
    const view = JSON.parse(JSON.stringify(made.json['view']))
    expect((await browser.ask('DELETE', `/api/tokens/${view.id}`)).status).toBe(200)
    expect((await api.call('GET', '/api/projects', { headers })).status).toBe(401)
  })
})
