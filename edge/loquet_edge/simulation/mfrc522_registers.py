"""Registers of the MFRC522: addresses, bits and reset values (data sheet chapter 9)."""

from __future__ import annotations

from enum import IntEnum, IntFlag


class Reg(IntEnum):
    """Addresses that the simulated chip gives a meaning to (data sheet table 20)."""

    COMMAND = 0x01
    COM_IRQ = 0x04
    DIV_IRQ = 0x05
    ERROR = 0x06
    STATUS_1 = 0x07
    FIFO_DATA = 0x09
    FIFO_LEVEL = 0x0A
    WATER_LEVEL = 0x0B
    CONTROL = 0x0C
    BIT_FRAMING = 0x0D
    COLL = 0x0E
    MODE = 0x11
    TX_MODE = 0x12
    RX_MODE = 0x13
    TX_CONTROL = 0x14
    TX_ASK = 0x15
    CRC_HIGH = 0x21
    CRC_LOW = 0x22
    T_MODE = 0x2A
    T_PRESCALER = 0x2B
    T_RELOAD_H = 0x2C
    T_RELOAD_L = 0x2D
    VERSION = 0x37


class Irq(IntFlag):
    """Bits of ComIrqReg (9.3.1.5), and of DivIrqReg (9.3.1.6) for the coprocessor."""

    TX = 0x40
    RX = 0x20
    ERROR = 0x02
    TIMER = 0x01
    CRC_DONE = 0x04


class Error(IntFlag):
    """Bits of ErrorReg (9.3.1.7)."""

    BUFFER_OVERFLOW = 0x10
    COLLISION = 0x08
    CRC = 0x04
    PARITY = 0x02
    PROTOCOL = 0x01


READ_ONLY = {
    Reg.ERROR,
    Reg.STATUS_1,
    Reg.CRC_HIGH,
    Reg.CRC_LOW,
    0x2E,  # TCounterValReg
    0x2F,
    Reg.VERSION,
}

WRITE_ONLY_BITS: dict[int, int] = {Reg.BIT_FRAMING: 0x80, Reg.COM_IRQ: 0x80, Reg.DIV_IRQ: 0x80}

_RESET_VALUES = {
    0x01: 0x20,
    0x02: 0x80,
    0x04: 0x14,
    0x07: 0x21,
    0x0B: 0x08,
    0x0C: 0x10,
    0x0E: 0xA0,
    0x11: 0x3F,
    0x14: 0x80,
    0x16: 0x10,
    0x17: 0x84,
    0x18: 0x84,
    0x19: 0x4D,
    0x1C: 0x62,
    0x1F: 0xEB,
    0x21: 0xFF,
    0x22: 0xFF,
    0x24: 0x26,
    0x26: 0x48,
    0x27: 0x88,
    0x28: 0x20,
    0x29: 0x20,
    0x36: 0x40,
}

RESET = bytes(_RESET_VALUES.get(address, 0) for address in range(64))
"""The 64 registers after power-on or SoftReset."""
