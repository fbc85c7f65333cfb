/** EX_CONFIG of sysexits.h: how a child ends that would end in the same way at each start. */
export const refusedExitCode = 78
