"""A person's hands at simulated boards, for ``life``."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from loquet_server.bench import board

TAP_SECONDS = 0.5
PRESS_SECONDS = 0.4
_LOOK_SECONDS = 0.1


class BoardHands:
    """Acts on each unit's board through its socket; a board that is away feels nothing."""

    def __init__(self, sockets: Mapping[str, Path]) -> None:
        self._sockets = sockets

    async def tap(self, unit: str, reader: str, uid: str) -> None:
        await self._ask(unit, "tap", reader=reader, uid=uid, seconds=TAP_SECONDS)

    async def press_exit(self, unit: str, door: str) -> None:
        await self._ask(unit, "set_input", line=f"exit:{door}", active=True, seconds=PRESS_SECONDS)

    async def move_leaf(self, unit: str, door: str, opened: bool) -> None:
        await self._ask(unit, "set_input", line=f"contact:{door}", active=opened)

    async def sense_desk(self, unit: str, desk: str, sensor: str, present: bool) -> None:
        await self._ask(unit, "set_input", line=f"{sensor}:{desk}", active=present)

    async def is_released(self, unit: str, door: str, within: float) -> bool:
        end = asyncio.get_running_loop().time() + within
        while asyncio.get_running_loop().time() < end:
            line = await self._ask(unit, "read_line", line=f"lock:{door}")
            if line.get("active"):
                return True
            await asyncio.sleep(_LOOK_SECONDS)
        return False

    async def _ask(self, unit: str, op: str, **arguments: object) -> board.Message:
        try:
            return await board.ask(self._sockets[unit], op, **arguments)
        except (board.BoardAway, board.BoardRefused):
            # A visitor unplugged the reader or stopped the unit: nothing happens at that door.
            return {}
