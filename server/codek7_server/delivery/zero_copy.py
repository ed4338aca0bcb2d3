"""Files sent by the kernel, from its cache to the socket, under uvicorn, which has no ASGI extension for it.

Its `send` belongs to a cycle of one request and one response, which knows the transport: whatever the
response has so far is let out first, then `sendfile` writes to a duplicate of the socket. No byte of the file
passes through this process, so clients that stall cost no memory at all. A response that is the same every
time is written as it stands, without its headers being put together anew.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

AT_ONCE_BYTES = 4 << 20
"""After so many bytes others get their turn."""
LOOK_S = 5.0
"""How often a stalled client is looked after: its connection may be gone without a word."""
_STEP = 512 << 10
_NOWAIT = getattr(os, "RWF_NOWAIT", 0)

InThread = Callable[[Callable[[], int]], Awaitable[int]]


def cycle_of(send: Any) -> RequestResponseCycle | None:
    """What to send files with; None under another server, or where bytes are encrypted on their way."""
    cycle = getattr(send, "__self__", None)
    if not isinstance(cycle, RequestResponseCycle) or cycle.scope["scheme"] != "http":
        return None
    return cycle if hasattr(os, "sendfile") else None


async def send_file(
    cycle: RequestResponseCycle, file: int, start: int, length: int, in_thread: InThread
) -> None:
    """Send bytes of an open file as part of a body whose response has begun, as fast as they are taken.

    Ends early where the client does. Raises `OSError` where the file is shorter than it was.
    """
    if not await _let_out(cycle):
        return
    cycle.expected_content_length -= length
    socket = os.dup(cycle.transport.get_extra_info("socket").fileno())
    try:
        end = start + length
        while start < end and not cycle.disconnected:
            count = min(AT_ONCE_BYTES, end - start)
            if not _is_cached(file, start, count):
                await in_thread(partial(_warm, file, start, count))
            await _push(cycle, socket, file, start, count)
            start += count
    except (ConnectionError, TimeoutError):
        cycle.transport.abort()
    finally:
        os.close(socket)


async def _push(cycle: RequestResponseCycle, socket: int, file: int, start: int, count: int) -> None:
    """Send what the kernel has at hand, again whenever the socket takes more."""
    end = start + count
    start += _sendfile(socket, file, start, count)
    if start == end:
        return
    loop = asyncio.get_running_loop()
    done = loop.create_future()

    def more() -> None:
        nonlocal start
        if done.done():
            return
        try:
            start += _sendfile(socket, file, start, end - start)
        except OSError as error:
            loop.remove_writer(socket)
            done.set_exception(error)
        else:
            if start == end:
                loop.remove_writer(socket)
                done.set_result(None)

    looking: asyncio.TimerHandle

    def look() -> None:
        nonlocal looking
        if cycle.disconnected and not done.done():
            done.set_result(None)
        looking = loop.call_later(LOOK_S, look)

    looking = loop.call_later(LOOK_S, look)
    loop.add_writer(socket, more)
    try:
        await done
    finally:
        looking.cancel()
        loop.remove_writer(socket)


def _sendfile(socket: int, file: int, start: int, count: int) -> int:
    """How much was taken; 0 where the socket takes nothing now."""
    try:
        sent = os.sendfile(socket, file, start, count)
    except (BlockingIOError, InterruptedError):
        return 0
    if not sent:
        raise OSError("the file is shorter than it was")
    return sent


def send_ready(cycle: RequestResponseCycle, head: bytes, body: bytes) -> bool:
    """Write a whole response: `head` from its status line on, without an empty line at its end. False where
    nothing was written: `send` must do it, as it does where the connection is to be closed afterwards."""
    if cycle.response_started or cycle.disconnected or not cycle.keep_alive or cycle.flow.write_paused:
        return False
    common = [b"%s: %s\r\n" % header for header in cycle.default_headers]
    cycle.transport.write(b"".join((head, *common, b"\r\n", body)))
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    cycle.message_event.set()
    cycle.on_response()
    return True


async def _let_out(cycle: RequestResponseCycle) -> bool:
    """Wait until the transport holds nothing back; whether the client is still there."""
    transport = cycle.transport
    if transport.get_write_buffer_size():
        await asyncio.sleep(0)  # where it is written, as nearly always
    if transport.get_write_buffer_size():
        transport.set_write_buffer_limits(high=0)
        try:
            while transport.get_write_buffer_size() and not cycle.disconnected:
                await cycle.flow.drain()
                await asyncio.sleep(0)
        finally:
            transport.set_write_buffer_limits()
    return not cycle.disconnected and not transport.is_closing()


def _is_cached(file: int, start: int, length: int) -> bool:
    """Whether the kernel has the bytes at hand, by looking at some of them: then sending does not wait for a
    disk."""
    if not _NOWAIT:
        return False
    probe = bytearray(1)
    try:
        for at in (*range(start, start + length, _STEP), start + length - 1):
            os.preadv(file, [probe], at, _NOWAIT)
    except OSError:  # it would have to wait, or this file system cannot say
        return False
    return True


def _warm(file: int, start: int, length: int) -> int:
    """Read the bytes, so that the kernel has them."""
    end = start + length
    while start < end and (read := len(os.pread(file, min(1 << 20, end - start), start))):
        start += read
    return start
