"""Streams that end when the server does, instead of holding it up."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import TypeVar

T = TypeVar("T")


async def until(closing: asyncio.Event, source: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
    """Yield what ``source`` yields until ``closing`` is set; ``source`` is closed either way."""
    end = asyncio.create_task(closing.wait())
    try:
        while not closing.is_set():
            step = asyncio.ensure_future(anext(source))
            try:
                await asyncio.wait({step, end}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                if not step.done():
                    await _cancelled(step)
            if step.cancelled():
                return
            try:
                item = step.result()
            except StopAsyncIteration:
                return
            yield item
    finally:
        end.cancel()
        await source.aclose()


async def _cancelled(step: "asyncio.Future[T]") -> None:
    """Cancel a step and wait for its end: a generator that still runs cannot be closed."""
    step.cancel()
    with contextlib.suppress(asyncio.CancelledError, StopAsyncIteration):
        await step
