/** The connection that hears of live events, and the one that hears of new work. */
const listeners = 2

/** Divides the connections that one process may open among its statements and its queue; from 8 on. */
export function sharePool(max: number): { main: number; queue: number } {
  const queue = Math.min(6, Math.max(2, Math.floor(max * 0.3)))
  return { main: max - queue - listeners, queue }
}
