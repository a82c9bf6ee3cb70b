"""The wire format of the protocol, by hand: an independent reading of what the Rust side writes."""


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def blob(data):
    return varint(len(data)) + data


def text(value):
    return blob(value.encode())


class Reader:
    """Takes values off the front of a message."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def byte(self):
        self.at += 1
        return self.data[self.at - 1]

    def varint(self):
        number = shift = 0
        while True:
            byte = self.byte()
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return number

    def signed(self):
        number = self.varint()
        return (number >> 1) ^ -(number & 1)

    def text(self):
        length = self.varint()
        self.at += length
        return self.data[self.at - length : self.at].decode()

    def option(self, read):
        return read() if self.byte() else None

    def end(self):
        assert self.at == len(self.data), "bytes after the message"


def fork(order, root, tmp_limit, network=0, programs=False, tell_refused=False, landlock=0):
    """With the strict sandbox, no readable paths, no worker and no cgroup."""
    allowance = varint(network) + bytes([programs, tell_refused])
    policy = varint(0) + allowance + varint(tmp_limit) + varint(0) + b"\0\0\0" + varint(landlock)
    return varint(1) + varint(order) + text(root) + policy


def confine(network=0, programs=False):
    """In the strict sandbox, without cgroups."""
    return varint(0) + varint(0) + varint(network) + bytes([programs, 0]) + varint(0) + b"\0"


def preload(modules):
    return varint(2) + varint(len(modules)) + b"".join(map(text, modules))


def loaded():
    return varint(3)


def from_zygote(data):
    reader = Reader(data)
    kind = reader.varint()
    if kind == 0:
        message = ("hello", reader.varint(), reader.text())
    elif kind == 1:
        message = ("forked", reader.varint())
    elif kind == 3:
        count = reader.varint()
        message = ("packages", [(reader.text(), reader.text()) for _ in range(count)])
    elif kind == 4:
        message = ("preloaded", reader.option(lambda: (reader.text(), reader.byte() == 1)))
    else:
        message = ("not forked", reader.varint(), reader.text(), reader.text())
    reader.end()
    return message


def from_satellite(data):
    reader = Reader(data)
    kind = reader.varint()
    if kind == 0:
        # What it has is launchpadd's to look at.
        return ("ready",)
    message = ("begun",) if kind == 2 else ("refused", reader.text(), reader.text())
    reader.end()
    return message


def assign(request, memory, cpu=0, processes=64, processors=0):
    """`processors`: a bit set."""
    words = [processors >> 64 * word & 2**64 - 1 for word in range(16)]
    limits = [memory, cpu, processes, *words]
    return varint(0) + varint(request) + b"".join(map(varint, limits))


def frame(payload):
    return len(payload).to_bytes(4, "little") + payload


def payloads(data):
    while data:
        length = int.from_bytes(data[:4], "little")
        yield data[4 : 4 + length]
        data = data[4 + length :]


FRAME_TYPES = ("numpy", "nullable", "pyarrow")


def run(
    input_name,
    output_name,
    has_params,
    has_input,
    script_bytes,
    wanted,
    frame_types="numpy",
    read_back=(),
    time_zone="UTC",
):
    return frame(
        varint(0)
        + text(input_name)
        + text(output_name)
        + bytes([has_params, has_input])
        + varint(script_bytes)
        + blob(wanted)
        + varint(FRAME_TYPES.index(frame_types))
        + varint(len(read_back))
        + b"".join(text(name) for name in read_back)
        + text(time_zone)
    )


def script(piece):
    return frame(varint(1) + blob(piece))


def imports(reader):
    length = reader.varint()
    inner = Reader(reader.data[reader.at : reader.at + length])
    reader.at += length
    found = [(inner.text(), inner.varint()) for _ in range(inner.varint())]
    inner.end()
    return found


def from_script(data):
    reader = Reader(data)
    which = reader.varint()
    if which == 0:
        message = ("done", reader.option(reader.varint))
    elif which == 2:
        message = ("params", reader.text())
    elif which == 4:
        # A message of its own, which the backend passes on.
        message = ("imported", imports(reader))
    else:
        kind = reader.varint()
        if kind == 0:
            message = ("raised", reader.text(), reader.text(), reader.text())
        elif kind == 1:
            message = ("exited", reader.signed())
        else:
            message = ("result", reader.text())
    reader.end()
    return message
