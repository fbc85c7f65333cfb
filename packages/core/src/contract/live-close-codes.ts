/**
 * Why the server closes a socket of the live channel (4000–4999 are ours). After `tooMany` a client waits long
 * before it comes back: somebody has to close another one first.
 */
export const liveCloseCodes = {
  badMessage: 4000,
  signedOut: 4001,
  tooSlow: 4008,
  accessChanged: 4009,
  unavailable: 4013,
  tooMany: 4029,
} as const
