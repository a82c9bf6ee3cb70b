"""Scripts have no epoll; what chooses how to wait chooses something else."""

import unittest

import launchpad


def call(script, **options):
    return launchpad.shared().call(script, **options)


class Polling(unittest.TestCase):
    def assert_prints(self, script, *lines):
        got = call(script)
        self.assertEqual(got.stdout.splitlines(), list(lines), got)

    def test_nobody_finds_epoll(self):
        self.assert_prints(
            """
import asyncio, select, selectors, socketserver
print(selectors.DefaultSelector.__name__, hasattr(selectors, "EpollSelector"))
print(hasattr(select, "epoll"), socketserver._ServerSelector.__name__)
loop = asyncio.new_event_loop()
print(type(loop._selector).__name__)
""",
            "PollSelector False",
            "False PollSelector",
            "PollSelector",
        )

    def test_asyncio(self):
        self.assert_prints(
            """
import asyncio, socket, time

async def echo(reader, writer):
    writer.writelines([await reader.readline(), b"end\\n"])
    await writer.drain()
    writer.close()

async def main():
    await asyncio.sleep(0.01)
    print(await asyncio.gather(*(asyncio.to_thread(time.sleep, 0.01) for _ in range(3))))
    server = await asyncio.start_unix_server(echo, "socket")
    reader, writer = await asyncio.open_unix_connection("socket")
    writer.write(b"x" * 60000 + b"\\n")
    await writer.drain()
    print(len(await reader.readline()), await reader.readline())
    writer.close()
    server.close()
    one, other = socket.socketpair()
    # Python 3.12 closes what nobody holds.
    reader, kept = await asyncio.open_connection(sock=one)
    _, writer = await asyncio.open_connection(sock=other)
    writer.write(b"pair\\n")
    print(await reader.readline())

asyncio.run(main())
""",
            "[None, None, None]",
            "60001 b'end\\n'",
            "b'pair\\n'",
        )

    def test_processes(self):
        self.assert_prints(
            """
import multiprocessing, concurrent.futures
context = multiprocessing.get_context("fork")
with context.Pool(2) as pool:
    print(pool.map(abs, range(-3, 0)))
queue = context.Queue()
child = context.Process(target=queue.put, args=({"a": 1},))
child.start()
print(queue.get())
child.join()
with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as executor:
    print(list(executor.map(abs, range(-3, 0))))
one, other = context.Pipe()
print(multiprocessing.connection.wait([one], 0.01))
other.send("x")
print(one.recv())
value = context.Value("i", 7)
array = context.Array("d", 1000)
print(value.value, len(array))
""",
            "[3, 2, 1]",
            "{'a': 1}",
            "[3, 2, 1]",
            "[]",
            "x",
            "7 1000",
        )

    def test_data_goes_by_sendmsg(self):
        """Descriptors do not, without an OS user of the satellite's own."""
        self.assert_prints(
            """
import socket
one, other = socket.socketpair()
print(one.sendmsg([b"ab", b"c"]), other.recvmsg(10)[0])
try:
    socket.send_fds(one, [b"x"], [0])
except PermissionError as error:
    print(error)
import multiprocessing
try:
    multiprocessing.get_context("forkserver")
except ValueError as error:
    print(error)
""",
            "3 b'abc'",
            "[Errno 1] Operation not permitted",
            "forkserver start method not available",
        )

    def test_files_are_copied_without_sendfile(self):
        self.assert_prints(
            """
import shutil
with open("one", "wb") as file:
    file.write(b"x" * 1000000)
shutil.copyfile("one", "other")
print(open("one", "rb").read() == open("other", "rb").read())
""",
            "True",
        )


if __name__ == "__main__":
    unittest.main()
