import { arch } from 'node:os'

/** `audit`: AUDIT_ARCH_* of linux/audit.h. */
interface Machine {
  audit: number
  socket: number
  /** Answered as if the kernel did not know them: programs then go another way. */
  absent: number[]
  forbidden: number[]
}

/** The same numbers on every machine: they were given out after 2019. */
const newer = {
  // io_uring_setup, io_uring_enter, io_uring_register
  absent: [425, 426, 427],
  // open_tree, move_mount, fsopen, fsconfig, fsmount, fspick, mount_setattr, quotactl_fd
  forbidden: [428, 429, 430, 431, 432, 433, 442, 443],
}

/** Numbers from the kernel's arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h. */
const machines: Record<string, Machine> = {
  x64: {
    audit: 0xc000003e,
    socket: 41,
    absent: newer.absent,
    forbidden: [
      ...newer.forbidden,
      ...[321, 248, 249, 250, 323, 298], // bpf, add_key, request_key, keyctl, userfaultfd, perf_event_open
      ...[246, 320, 175, 313, 176], // kexec_load, kexec_file_load, init_module, finit_module, delete_module
      ...[165, 166, 155, 308, 304], // mount, umount2, pivot_root, setns, open_by_handle_at
      ...[167, 168, 169, 163, 103], // swapon, swapoff, reboot, acct, syslog
      ...[179, 300, 212, 172, 173], // quotactl, fanotify_init, lookup_dcookie, iopl, ioperm
    ],
  },
  arm64: {
    audit: 0xc00000b7,
    socket: 198,
    absent: newer.absent,
    forbidden: [
      ...newer.forbidden,
      ...[280, 217, 218, 219, 282, 241],
      ...[104, 294, 105, 273, 106],
      ...[40, 39, 41, 268, 265],
      ...[224, 225, 142, 89, 116],
      ...[60, 262, 18],
    ],
  },
}

/** AF_ALG and AF_VSOCK: the kernel's ciphers, and a way to the machine's own host that no network namespace closes. */
const families = [38, 40]

const EPERM = 1
const ENOSYS = 38
const EAFNOSUPPORT = 97
const ALLOW = 0x7fff0000
const LOAD = 0x20
const EQUAL = 0x15
const AT_LEAST = 0x35
const RETURN = 0x06
const refuse = (errno: number): number => 0x00050000 | errno

type Instruction = [code: number, jt: number, jf: number, k: number]

/** The program as seccomp(2) takes it (struct sock_filter, little-endian); undefined on other machines. */
export function systemCallFilter(machine: string = arch()): Buffer | undefined {
  const of = machines[machine]
  if (!of) return undefined
  const lines: Instruction[] = [
    [LOAD, 0, 0, 4],
    // Programs of another kind count their calls anew: none of these numbers would be right for them.
    [EQUAL, 1, 0, of.audit],
    [RETURN, 0, 0, refuse(ENOSYS)],
    [LOAD, 0, 0, 0],
    // The x32 numbers, which are no others below.
    [AT_LEAST, 0, 1, 0x40000000],
    [RETURN, 0, 0, refuse(ENOSYS)],
    ...of.absent.flatMap((call): Instruction[] => [
      [EQUAL, 0, 1, call],
      [RETURN, 0, 0, refuse(ENOSYS)],
    ]),
    ...of.forbidden.flatMap((call): Instruction[] => [
      [EQUAL, 0, 1, call],
      [RETURN, 0, 0, refuse(EPERM)],
    ]),
    [EQUAL, 1, 0, of.socket],
    [RETURN, 0, 0, ALLOW],
    [LOAD, 0, 0, 16],
    ...families.flatMap((family): Instruction[] => [
      [EQUAL, 0, 1, family],
      [RETURN, 0, 0, refuse(EAFNOSUPPORT)],
    ]),
    [RETURN, 0, 0, ALLOW],
  ]
  const program = Buffer.alloc(lines.length * 8)
  for (const [n, [code, jt, jf, k]] of lines.entries()) {
    program.writeUInt16LE(code, n * 8)
    program.writeUInt8(jt, n * 8 + 2)
    program.writeUInt8(jf, n * 8 + 3)
    program.writeUInt32LE(k >>> 0, n * 8 + 4)
  }
  return program
}

/**
 * A program for perl that puts the filter on itself and becomes what follows: prctl(2) with PR_SET_SECCOMP. For
 * where no starter does it; undefined on machines without a filter.
 */
export function filteredBy(perl: string, command: string[]): string[] | undefined {
  const program = systemCallFilter()
  if (!program) return undefined
  const prctl = arch() === 'arm64' ? 167 : 157
  const code = [
    'my $p = pack("H*", shift);',
    'my $f = pack("S x6 P", length($p) / 8, $p);',
    `syscall(${prctl}, 22, 2, $f, 0, 0) == 0 or die "seccomp: $!\\n";`,
    'exec { $ARGV[0] } @ARGV or die "exec: $!\\n";',
  ].join(' ')
  return [perl, '-e', code, program.toString('hex'), ...command]
}
