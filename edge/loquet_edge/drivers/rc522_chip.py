"""The MFRC522 chip over a register port: set-up, one frame and its answer, signs of life.

Register addresses, bits and times are those of the NXP MFRC522 data sheet, revision 3.9.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from loquet_edge.drivers.ports import RegisterPort
from loquet_edge.protocols.iso14443 import Answer, Frame

_COMMAND, _COM_IRQ, _ERROR, _FIFO_LEVEL = 0x01, 0x04, 0x06, 0x0A
_WATER_LEVEL, _CONTROL, _BIT_FRAMING, _COLL = 0x0B, 0x0C, 0x0D, 0x0E
_MODE, _TX_MODE, _RX_MODE, _TX_CONTROL, _TX_ASK = 0x11, 0x12, 0x13, 0x14, 0x15
_MOD_WIDTH, _RF_CONFIG = 0x24, 0x26
_T_MODE, _T_PRESCALER, _T_RELOAD_HIGH, _T_RELOAD_LOW = 0x2A, 0x2B, 0x2C, 0x2D
_VERSION = 0x37

_IDLE, _TRANSCEIVE, _SOFT_RESET = 0x00, 0x0C, 0x0F
_START_SEND = 0x80
_IRQ_RX, _IRQ_ERROR, _IRQ_TIMER, _IRQ_ALL = 0x20, 0x02, 0x01, 0x7F
_ERROR_COLLISION, _ERROR_DAMAGE = 0x08, 0x13  # damage: overflow, parity, protocol
_POWER_DOWN = 0x10
_ANTENNA_ON, _ANTENNA = 0x83, 0x03
_FLUSH = 0x80
_NO_POSITION = 0x20

_T_AUTO = 0x80
_PRESCALER = 169
_TICK = (2 * _PRESCALER + 1) / 13.56e6  # 25 us, data sheet 8.5
_GAINS = {18: 0x00, 23: 0x10, 33: 0x40, 38: 0x50, 43: 0x60, 48: 0x70}  # data sheet 9.3.3.6

_BIT = 128 / 13.56e6
_FRAME_DELAY = 1236 / 13.56e6  # ISO/IEC 14443-3 clause 6.2.1.1, the longer of the two
_LOOK_AGAIN = 0.0002
_PATIENCE = 0.005  # beyond the chip's own timer, before it counts as stuck
_RESET_SECONDS = 0.001
_RESET_PATIENCE = 0.05

_STATUS = (_COM_IRQ, _ERROR, _FIFO_LEVEL, _CONTROL, _COLL, _VERSION, _TX_CONTROL, _T_MODE, _TX_ASK)
_ABSENT = {0x00: "all zeros", 0xFF: "all ones"}


class ReaderFault(OSError):
    """The chip does not do what it should; the text says how that shows."""


class Rc522Chip:
    """An MFRC522 that sends frames; `clock` gives monotonic seconds, `sleep` waits for seconds."""

    def __init__(
        self,
        port: RegisterPort,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        gain: int = 48,
    ) -> None:
        if gain not in _GAINS:
            raise ValueError(f"receiver gain {gain} dB: an MFRC522 has {sorted(_GAINS)}")
        self._port = port
        self._clock = clock
        self._sleep = sleep
        self._gain = _GAINS[gain]
        self._reload = 0
        self._canary = 0x15
        self.version = 0

    def begin(self) -> None:
        """Reset, set up, switch the antenna on, and read all of it back; raises `ReaderFault`."""
        self._port.write(_COMMAND, _SOFT_RESET)
        self._await_start()
        self._reload = 0
        settings = {
            _TX_MODE: 0x00,  # 106 kbit/s, no CRC by the chip
            _RX_MODE: 0x00,
            _MOD_WIDTH: 0x26,
            _T_MODE: _T_AUTO | _PRESCALER >> 8,
            _T_PRESCALER: _PRESCALER & 0xFF,
            _T_RELOAD_HIGH: 0x00,
            _T_RELOAD_LOW: 0x00,
            _TX_ASK: 0x40,  # 100 % ASK whatever ModGsPReg says
            _MODE: 0x3D,  # CRC preset 0x6363, transmitter waits for the field
            _RF_CONFIG: self._gain,
            _TX_CONTROL: _ANTENNA_ON,
        }
        for register, value in settings.items():
            self._port.write(register, value)
        self._port.write(_COLL, 0x00)  # bits after a collision are cleared
        read = self._port.read_many(tuple(settings))
        if read != bytes(settings.values()):
            raise ReaderFault("stuck: registers do not hold what was written at set-up")

    def exchange(self, frame: Frame) -> Answer:
        """Send a frame and wait for its answer or the chip's timer; raises `ReaderFault`."""
        framing = frame.rx_align << 4 | frame.last_bits
        self._set_timeout(frame.timeout)
        self._port.write(_COMMAND, _IDLE)
        self._port.write(_COM_IRQ, _IRQ_ALL)
        self._port.write(_FIFO_LEVEL, _FLUSH)
        self._port.write_fifo(frame.data)
        self._port.write(_BIT_FRAMING, framing)
        self._port.write(_COMMAND, _TRANSCEIVE)
        self._port.write(_BIT_FRAMING, framing | _START_SEND)
        return self._answer(frame, self._await_end(frame))

    def prove_alive(self) -> None:
        """Write a value that changes each time and read it back; raises `ReaderFault`."""
        self._canary = self._canary + 0x15 & 0x3F  # all 64 values in turn
        self._port.write(_WATER_LEVEL, self._canary)
        version, value = self._port.read_many((_VERSION, _WATER_LEVEL))
        self._check_present(version)
        if value != self._canary:
            raise ReaderFault("stuck: a register does not hold what was written")

    def _await_start(self) -> None:
        limit = self._clock() + _RESET_PATIENCE
        while True:
            self._sleep(_RESET_SECONDS)
            command, self.version = self._port.read_many((_COMMAND, _VERSION))
            self._check_present(self.version)
            if not command & _POWER_DOWN:
                return
            if self._clock() > limit:
                raise ReaderFault("stuck: the chip does not come out of its reset")

    def _check_present(self, version: int) -> None:
        if version in _ABSENT:
            raise ReaderFault(
                f"absent: the version register reads {_ABSENT[version]}; "
                "check the plug, the 3.3 V supply and the wiring"
            )

    def _set_timeout(self, seconds: float) -> None:
        reload = min(0xFFFF, max(0, math.ceil(seconds / _TICK) - 1))
        if reload == self._reload:
            return
        if reload >> 8 != self._reload >> 8:
            self._port.write(_T_RELOAD_HIGH, reload >> 8)
        self._port.write(_T_RELOAD_LOW, reload & 0xFF)
        self._reload = reload

    def _await_end(self, frame: Frame) -> bytes:
        """Status registers when an answer or the timer came; sleeps instead of spinning."""
        sending = (frame.bits * 9 // 8 + 2) * _BIT
        answering = (frame.answer_bits * 9 // 8 + 2) * _BIT
        usual = _FRAME_DELAY + answering if frame.answer_bits else frame.timeout + 2 * _TICK
        limit = self._clock() + sending + frame.timeout + 256 * 9 * _BIT + _PATIENCE
        self._sleep(sending + usual)
        while True:
            late = self._clock() > limit  # before reading: this process may have stood still
            status = self._port.read_many(_STATUS)
            self._check_settings(status)
            if status[0] & (_IRQ_RX | _IRQ_TIMER):
                return status
            if late:
                if status[0] & _IRQ_ERROR:
                    return status
                raise ReaderFault("stuck: neither an answer nor the chip's own timer came")
            self._sleep(_LOOK_AGAIN)

    def _check_settings(self, status: bytes) -> None:
        version, antenna, timer, modulation = status[5:]
        self._check_present(version)
        if antenna & _ANTENNA != _ANTENNA or not timer & _T_AUTO or modulation != 0x40:
            raise ReaderFault("settings lost, antenna off: the 3.3 V supply dipped (brown-out)")

    def _answer(self, frame: Frame, status: bytes) -> Answer:
        irq, error, level, control, coll = status[:5]
        if not irq & (_IRQ_RX | _IRQ_ERROR):
            return Answer()
        count = min(level & 0x7F, 64)
        if count == 0:
            return Answer(damaged=True)
        data = self._port.read_fifo(count)
        bits = (count - 1) * 8 + (control & 0x07 or 8) - frame.rx_align
        if error & _ERROR_COLLISION and not coll & _NO_POSITION:
            return Answer(data, bits, collision=coll & 0x1F or 32)
        return Answer(data, bits, damaged=bool(error & (_ERROR_DAMAGE | _ERROR_COLLISION)))
