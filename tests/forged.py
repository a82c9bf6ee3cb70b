"""Frames of the control channel, for scripts that send their own."""

# As launchpad_protocol::control has them.
FRAMES = """
import os, signal, time
OUTPUT, CONTROL = 4, 5

def number(n):
    out = b''
    while n > 127:
        out, n = out + bytes([n & 127 | 128]), n >> 7
    return out + bytes([n])

def text(t):
    t = t if isinstance(t, bytes) else t.encode()
    return number(len(t)) + t

def frame(payload):
    return len(payload).to_bytes(4, 'little') + payload

def params(piece):
    return frame(b'\\2' + text(piece))

def report(imports):
    return frame(b'\\4' + text(imports))

def done(rows=None):
    return frame(b'\\0' + (b'\\0' if rows is None else b'\\1' + number(rows)))

def raised(kind, message, trace):
    return frame(b'\\1\\0' + text(kind) + text(message) + text(trace))

def write(fd, data):
    try:
        while data:
            data = data[os.write(fd, data):]
    except OSError:
        pass

def say(*frames):
    write(CONTROL, b''.join(frames))

def send(data):
    write(OUTPUT, data)

def leave(status=0):
    os._exit(status)
"""


# The same tools in R: /proc for the pipe, the launcher's own functions for the messages.
R_FRAMES = """
native <- function(name, ...) {
  .Call(getNativeSymbolInfo(paste0("launchpad_", name), "launchpad_r"), ...)
}
send <- function(bytes) {
  pipe <- file("/proc/self/fd/4", "wb")
  try(writeBin(bytes, pipe), silent = TRUE)
  close(pipe)
}
done <- function(rows = NULL) native("done", rows)
raised <- function(kind, message, trace) native("raised", kind, message, trace)
params <- function(json) native("params", json)
leave <- function(status = 0L) native("leave", status)
"""
