"""An MFRC522 at register level, as seen on its SPI pins (NXP MFRC522 data sheet, revision 3.9).

What a driver can see is here: the address byte and back-to-back reads (8.1.2), the FIFO (8.3), the
timer (8.5), the CRC coprocessor, the commands Idle, CalcCRC, Transceive and SoftReset (10.3), bit
framing and collisions (9.3.1.14, 9.3.1.15). Analogue settings are only kept. Nothing happens by
itself: each access first catches up with the clock, so that time may be real or given by a test.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from .air import (
    BIT_SECONDS,
    CARRIER_HZ,
    Burst,
    Field,
    crc16,
    frame_delay,
    frame_seconds,
    to_bits,
    to_bytes,
)
from .mfrc522_registers import READ_ONLY, RESET, WRITE_ONLY_BITS, Error, Irq, Reg

_CALC_CRC, _TRANSCEIVE, _NO_CHANGE, _SOFT_RESET = 0x3, 0xC, 0x7, 0xF
_FIFO_SIZE = 64
_START_UP = 37.74e-6  # oscillator start-up in seconds, data sheet 8.8.2
_PRESETS = (0x0000, 0x6363, 0xA671, 0xFFFF)  # ModeReg CRCPreset, data sheet 9.3.2.2


class Mfrc522Chip:
    """A simulated MFRC522 with its antenna's field; give `transfer` what the host clocks out.

    `collision_origin` says from where CollReg counts: "received" bits, "aligned" (with the bits
    that RxAlign skips), or the whole "level". The data sheet leaves it open and chips differ.
    """

    def __init__(
        self,
        field: Field | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        version: int = 0x92,
        collision_origin: str = "aligned",
    ):
        self.field = Field() if field is None else field
        self.transfers = 0
        self.bus_bytes = 0
        self._clock = clock
        self._version = version
        self._origin = collision_origin
        self._dead_level: int | None = None
        self._supplied = False
        self._frozen = False
        self._special: dict[int, Callable[[int], None]] = {
            Reg.COMMAND: self._command,
            Reg.COM_IRQ: self._mark_com_irq,
            Reg.DIV_IRQ: self._mark_div_irq,
            Reg.FIFO_DATA: self._fill,
            Reg.FIFO_LEVEL: self._flush,
            Reg.CONTROL: self._control,
            Reg.BIT_FRAMING: self._frame_bits,
            Reg.COLL: self._collision_setting,
            Reg.TX_CONTROL: self._antenna,
        }
        self._power_on()

    def transfer(self, data: bytes) -> bytes:
        """One SPI transfer, chip select low to high: bytes in, as many bytes out."""
        self.transfers += 1
        self.bus_bytes += len(data)
        if self._dead_level is not None:
            return bytes([self._dead_level]) * len(data)
        if not data:
            return b""
        self._catch_up()
        if data[0] & 0x80:
            read = [self._read(address >> 1 & 0x3F) for address in data[:-1]]
            return bytes([0x00, *read])
        for value in data[1:]:
            self._write(data[0] >> 1 & 0x3F, value)
        return bytes(len(data))

    def bus_seconds(self, hertz: float) -> float:
        """Seconds that all transfers so far took on a bus of that clock."""
        return self.bus_bytes * 8 / hertz

    def unplug(self, level: int = 0xFF, *, supplied: bool = False) -> None:
        """Pull the reader out: the line reads all ones, or with a pull-down all zeros (0x00).

        With `supplied` only the data line is broken: the chip keeps its power and its state.
        """
        self._dead_level = level
        self._supplied = supplied
        if not supplied:
            self.field.power(False)

    def plug(self) -> None:
        """Put the reader back; it starts as after power-on, unless it kept its supply."""
        self._dead_level = None
        self._frozen = False
        if not self._supplied:
            self._power_on()
        self._supplied = False

    def brown_out(self) -> None:
        """A short dip of the supply: every register is back at its reset value, antenna off."""
        self._power_on()

    def freeze(self) -> None:
        """Latch up: registers still read as they were, but nothing is executed any more."""
        self._frozen = True

    def peek(self, register: int) -> int:
        """A register's value without a bus access, for tests and displays."""
        return self._registers[register]

    def _power_on(self) -> None:
        self._registers = bytearray(RESET)
        self._registers[Reg.VERSION] = self._version
        self._fifo: deque[int] = deque()
        self._ready_at = self._clock() + _START_UP
        self._reply: tuple[float, Burst] | None = None
        self._timer: float | None = None
        self._align = 0
        self._known_bits = 0
        self.field.power(False)

    def _catch_up(self) -> None:
        """Let happen what the clock says has happened: the end of an answer, of the timer."""
        now = self._clock()
        if self._frozen:
            return
        if self._reply is not None and now >= self._reply[0]:
            burst = self._reply[1]
            self._reply = None
            self._receive(burst)
        if self._timer is not None and now >= self._timer:
            self._timer = None
            self._registers[Reg.COM_IRQ] |= Irq.TIMER

    def _read(self, register: int) -> int:
        if register == Reg.FIFO_DATA:
            return self._fifo.popleft() if self._fifo and not self._frozen else 0
        if register == Reg.FIFO_LEVEL:
            return len(self._fifo)
        if register == Reg.COMMAND:
            starting = 0x10 if self._clock() < self._ready_at else 0
            return self._registers[register] | starting
        return self._registers[register] & ~WRITE_ONLY_BITS.get(register, 0)

    def _write(self, register: int, value: int) -> None:
        if self._frozen or register in READ_ONLY:
            return
        if register in self._special:
            self._special[register](value)
        else:
            self._registers[register] = value

    def _mark_com_irq(self, value: int) -> None:
        self._registers[Reg.COM_IRQ] = _marked(self._registers[Reg.COM_IRQ], value)

    def _mark_div_irq(self, value: int) -> None:
        self._registers[Reg.DIV_IRQ] = _marked(self._registers[Reg.DIV_IRQ], value)

    def _fill(self, value: int) -> None:
        if len(self._fifo) >= _FIFO_SIZE:
            self._registers[Reg.ERROR] |= Error.BUFFER_OVERFLOW
            return
        self._fifo.append(value)
        if self._registers[Reg.COMMAND] & 0x0F == _CALC_CRC:
            self._calculate_crc()

    def _flush(self, value: int) -> None:
        if value & 0x80:
            self._fifo.clear()
            self._registers[Reg.ERROR] &= ~Error.BUFFER_OVERFLOW & 0xFF

    def _control(self, value: int) -> None:
        if value & 0x80:
            self._timer = None
        if value & 0x40:
            self._timer = self._clock() + self._timer_seconds()

    def _collision_setting(self, value: int) -> None:
        self._registers[Reg.COLL] = self._registers[Reg.COLL] & 0x7F | value & 0x80

    def _antenna(self, value: int) -> None:
        self._registers[Reg.TX_CONTROL] = value
        self.field.power(value & 0x03 == 0x03)

    def _frame_bits(self, value: int) -> None:
        self._registers[Reg.BIT_FRAMING] = value
        if value & 0x80 and self._registers[Reg.COMMAND] & 0x0F == _TRANSCEIVE:
            self._transmit()

    def _command(self, value: int) -> None:
        command = value & 0x0F
        if command == _NO_CHANGE:
            return
        self._reply = None
        if command == _SOFT_RESET:
            self._power_on()
            return
        self._registers[Reg.COMMAND] = value & 0x3F
        if command == _CALC_CRC:
            self._registers[Reg.CRC_HIGH : Reg.CRC_LOW + 1] = self._preset().to_bytes(2, "big")
            self._calculate_crc()
        elif command == _TRANSCEIVE and self._registers[Reg.BIT_FRAMING] & 0x80:
            self._transmit()

    def _preset(self) -> int:
        return _PRESETS[self._registers[Reg.MODE] & 0x03]

    def _calculate_crc(self) -> None:
        so_far = int.from_bytes(self._registers[Reg.CRC_HIGH : Reg.CRC_LOW + 1], "big")
        low, high = crc16(self._fifo, so_far)
        self._fifo.clear()
        self._registers[Reg.CRC_HIGH], self._registers[Reg.CRC_LOW] = high, low
        self._registers[Reg.DIV_IRQ] |= Irq.CRC_DONE

    def _timer_seconds(self) -> float:
        """Data sheet 8.5: (reload + 1) x (2 x prescaler + 1) periods of the carrier."""
        high, low = self._registers[Reg.T_MODE] & 0x0F, self._registers[Reg.T_PRESCALER]
        reload = int.from_bytes(self._registers[Reg.T_RELOAD_H : Reg.T_RELOAD_L + 1], "big")
        return (reload + 1) * (2 * (high << 8 | low) + 1) / CARRIER_HZ

    def _transmit(self) -> None:
        framing = self._registers[Reg.BIT_FRAMING]
        data, last = bytes(self._fifo), framing & 0x07
        self._fifo.clear()
        self._registers[Reg.ERROR] = 0
        if self._registers[Reg.TX_MODE] & 0x80:
            data += crc16(data, self._preset())
        frame = to_bits(data, len(data) * 8 - (8 - last if last else 0))
        self._align = framing >> 4 & 0x07
        self._known_bits = max(0, len(frame) - 16)
        sent = self._clock() + frame_seconds(len(frame))
        self._registers[Reg.COM_IRQ] |= Irq.TX
        burst = self.field.exchange(frame)
        timer = sent + self._timer_seconds() if self._registers[Reg.T_MODE] & 0x80 else None
        if burst is not None:
            begins = sent + frame_delay(frame) + burst.delay
            self._reply = (begins + burst.seconds, burst)
            if timer is not None and begins + 5 * BIT_SECONDS < timer:
                timer = None  # stopped by the fifth bit, data sheet 9.3.3.10
        self._timer = timer

    def _receive(self, burst: Burst) -> None:
        self._registers[Reg.COM_IRQ] |= Irq.RX
        self._registers[Reg.CONTROL] = (len(burst.bits) + self._align) % 8
        bits, coll = list(burst.bits), self._registers[Reg.COLL] & 0x80 | 0x20
        torn = len(bits) > burst.first_byte != 8 - self._align
        if torn or (not burst.parity_ok and not burst.collisions):
            self._registers[Reg.ERROR] |= Error.PARITY
        if burst.collisions:
            self._registers[Reg.ERROR] |= Error.COLLISION
            coll = coll & 0x80 | self._collision_position(burst.collisions[0])
            if not coll & 0x80:
                start = burst.collisions[0]
                bits[start:] = [0] * (len(bits) - start)
        self._registers[Reg.COLL] = coll
        data = to_bytes((*[0] * self._align, *bits))
        if self._registers[Reg.RX_MODE] & 0x80:
            if crc16(data[:-2], self._preset()) != data[-2:]:
                self._registers[Reg.ERROR] |= Error.CRC
            data = data[:-2]
        for byte in data:
            self._fill(byte)
        if self._registers[Reg.ERROR]:
            self._registers[Reg.COM_IRQ] |= Irq.ERROR

    def _collision_position(self, index: int) -> int:
        origin = {"received": 0, "aligned": self._align, "level": self._known_bits}[self._origin]
        position = index + 1 + origin
        return position & 0x1F if position <= 32 else 0x20


def _marked(irq: int, value: int) -> int:
    """Interrupt bits after a write: bit 7 says whether the marked bits are set or cleared."""
    return irq | value & 0x7F if value & 0x80 else irq & ~value & 0x7F
