'use strict'
const fs = require('node:fs')

/** Appends to an inherited file; when it would grow beyond the cap it starts anew and says so. */
function createLog(fd, maxBytes) {
  let size = 0
  return {
    append(chunk) {
      if (fd === null) return
      try {
        if (size + chunk.length > maxBytes) {
          fs.ftruncateSync(fd, 0)
          size = fs.writeSync(fd, '[older output was dropped]\n')
        }
        size += fs.writeSync(fd, chunk)
      } catch {
        // A full disk must not stop the service.
      }
    },
  }
}

module.exports = { createLog }
