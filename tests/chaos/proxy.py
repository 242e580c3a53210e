"""The network between a broker and its clients, as a process: it passes bytes on, swallows them, or breaks connections.

Told on standard input, one word a line; nothing here knows Kafka. A process of its own, so that a busy test is no slow network.
"""

import argparse
import asyncio
import socket
import struct
import subprocess
import sys
from typing import Final

from services.adapters.environment import child_environment
from tests.running_home import until

LOOPBACK: Final = "127.0.0.1"
PASS: Final = "pass"
DROP: Final = "drop"
RESET: Final = "reset"
PIECE: Final = 256 * 1024
STOP_S: Final = 5.0


class Network:
    """The running proxy: clients connect to ``listen``, the broker answers on ``to``."""

    def __init__(self, listen: int, to: int) -> None:
        """Start it; it passes everything on."""
        command = [sys.executable, "-m", "tests.chaos.proxy", "--listen", str(listen), "--to", str(to)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, env=child_environment({}), text=True)
        until(lambda: _listens(listen), "the network between clients and broker is there", 20)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def cut(self) -> None:
        """From now on connections are accepted and nothing comes through; what was sent arrives after ``mend``."""
        self._tell(DROP)

    def reset(self) -> None:
        """Break every connection, and every new one, until ``mend``."""
        self._tell(RESET)

    def mend(self) -> None:
        """Pass everything on again."""
        self._tell(PASS)

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(STOP_S)
        if self._process.stdin is not None:
            self._process.stdin.close()

    def _tell(self, word: str) -> None:
        if self._process.stdin is None:
            raise AssertionError("the proxy was started with a pipe")
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()


class Proxy:
    """Connections in pairs, client and broker, and what is done with their bytes now."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._open = asyncio.Event()
        self._open.set()
        self._resetting = False
        self._writers: set[asyncio.StreamWriter] = set()

    def obey(self, word: str) -> None:
        """Change what happens to bytes from now on."""
        self._resetting = word == RESET
        if word == DROP:
            self._open.clear()
        else:
            self._open.set()
        if self._resetting:
            for writer in tuple(self._writers):
                _break(writer)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client's connection, until either side ends it."""
        self._writers.add(writer)
        try:
            if self._resetting:
                _break(writer)
                return
            await self._open.wait()
            upstream, downstream = await asyncio.open_connection(LOOPBACK, self._to)
            self._writers.add(downstream)
            try:
                ways = [self._carry(reader, downstream), self._carry(upstream, writer)]
                tasks = [asyncio.create_task(way) for way in ways]
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks)
            finally:
                self._writers.discard(downstream)
                downstream.close()
        except OSError:
            _break(writer)  # nobody listens there: to the client it looks like a broken connection
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while piece := await source.read(PIECE):
                await self._open.wait()
                target.write(piece)
                await target.drain()
        except OSError:
            return


def _break(writer: asyncio.StreamWriter) -> None:
    found = writer.get_extra_info("socket")
    if found is not None and not writer.is_closing():
        # A linger of zero makes closing a reset, as of a router that lost its memory.
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0


async def _run(listen: int, to: int) -> None:
    proxy = Proxy(to)
    words = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(words), sys.stdin)
    server = await asyncio.start_server(proxy.serve, LOOPBACK, listen)
    async with server:
        # Whoever started this is gone when its end of the pipe is.
        while line := await words.readline():
            proxy.obey(line.decode().strip())


def main() -> None:
    """Carry bytes until standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listen", type=int, required=True)
    parser.add_argument("--to", type=int, required=True)
    arguments = parser.parse_args()
    asyncio.run(_run(arguments.listen, arguments.to))


if __name__ == "__main__":
    main()
