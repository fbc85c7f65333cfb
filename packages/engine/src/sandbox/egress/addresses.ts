import { BlockList, isIP } from 'node:net'

/**
 * Address blocks that are not the public internet: IANA's special-purpose registries for IPv4 and IPv6. The blocks
 * for documentation are left out: nothing private lives there, and sealed networks map their registries to them.
 */
const REFUSED: [network: string, prefix: number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 128],
  ['::1', 128],
  ['100::', 64],
  ['2001::', 23],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
]

const list = new BlockList()
for (const [network, prefix] of REFUSED)
  list.addSubnet(network, prefix, network.includes(':') ? 'ipv6' : 'ipv4')

/** The eight groups of an IPv6 address, or undefined when it is none. */
function groupsOf(address: string): number[] | undefined {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address)
  const text = dotted
    ? `${dotted[1]}${((Number(dotted[2]) << 8) | Number(dotted[3])).toString(16)}:${((Number(dotted[4]) << 8) | Number(dotted[5])).toString(16)}`
    : address
  const [head = '', tail] = text.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const gap = tail === undefined ? 0 : 8 - left.length - right.length
  const groups = [...left, ...Array.from({ length: gap }, () => '0'), ...right].map((group) =>
    Number.parseInt(group, 16),
  )
  return groups.length === 8 && groups.every((group) => group >= 0 && group <= 0xffff) ? groups : undefined
}

/** The IPv4 address that an IPv6 one stands for: mapped, compatible, NAT64, 6to4. */
function embeddedIpv4(groups: number[]): string | undefined {
  const dotted = (high = 0, low = 0): string => `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
  const zeros = (until: number): boolean => groups.slice(0, until).every((group) => group === 0)
  if (zeros(5) && groups[5] === 0xffff) return dotted(groups[6], groups[7])
  if (zeros(6)) return dotted(groups[6], groups[7])
  if (zeros(4) && groups[4] === 0xffff) return dotted(groups[6], groups[7])
  if (groups[0] === 0x64 && groups[1] === 0xff9b) return dotted(groups[6], groups[7])
  if (groups[0] === 0x2002) return dotted(groups[1], groups[2])
  return undefined
}

/** True for an address on the public internet; anything that cannot be told is refused. */
export function isPublicAddress(address: string): boolean {
  const plain = address.split('%', 1)[0] ?? ''
  const family = isIP(plain)
  if (family === 4) return !list.check(plain, 'ipv4')
  if (family !== 6) return false
  const groups = groupsOf(plain)
  if (!groups) return false
  const inner = embeddedIpv4(groups)
  if (inner !== undefined) return !list.check(inner, 'ipv4')
  return !list.check(plain, 'ipv6')
}
