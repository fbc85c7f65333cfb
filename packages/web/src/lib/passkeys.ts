import { authCall } from './auth-call.ts'

/** Whether this browser makes passkeys at this address: they need a name, an IP address has none. */
export function passkeysWork(): boolean {
  const { hostname } = window.location
  const isAddress = /^[\d.]+$/.test(hostname) || hostname.includes(':')
  return window.isSecureContext && !isAddress && 'PublicKeyCredential' in window
}

/** Asks the device for a new passkey and keeps it under this name. */
export async function addPasskey(name: string): Promise<void> {
  const options = await authCall('GET', '/passkey/generate-register-options')
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
    options as unknown as PublicKeyCredentialCreationOptionsJSON,
  )
  const credential = await navigator.credentials.create({ publicKey })
  if (!(credential instanceof PublicKeyCredential)) throw new Error('This device made no passkey.')
  await authCall('POST', '/passkey/verify-registration', { response: credential.toJSON(), name })
}

/** Signs in with a passkey of this device. */
export async function signInByPasskey(): Promise<void> {
  const options = await authCall('GET', '/passkey/generate-authenticate-options')
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
    options as unknown as PublicKeyCredentialRequestOptionsJSON,
  )
  const credential = await navigator.credentials.get({ publicKey })
  if (!(credential instanceof PublicKeyCredential)) throw new Error('This device has no passkey for here.')
  await authCall('POST', '/passkey/verify-authentication', { response: credential.toJSON() })
}
