"""The simulated MFRC522 as its data sheet describes it, register by register, and its cards."""

from __future__ import annotations

import pytest

from loquet_edge.simulation.air import BIT_SECONDS, to_bits, to_bytes, with_crc
from loquet_edge.simulation.cards import Nibble, State, VirtualCard
from loquet_edge.simulation.mfrc522_chip import Mfrc522Chip
from tests.edge.reader.stage import GivenTime

SEVEN = bytes.fromhex("04a1b2c3d4e5f6")
LEVEL_ONE = bytes.fromhex("8804a1b29f")
COMMAND, COM_IRQ, DIV_IRQ, ERROR, FIFO, LEVEL = 0x01, 0x04, 0x05, 0x06, 0x09, 0x0A
CONTROL, FRAMING, COLL, MODE, TX_CONTROL = 0x0C, 0x0D, 0x0E, 0x11, 0x14
TX_MODE, RX_MODE, T_MODE, T_PRESCALER, T_RELOAD_LOW, VERSION = 0x12, 0x13, 0x2A, 0x2B, 0x2D, 0x37
TRANSCEIVE, CALC_CRC, SOFT_RESET = 0x0C, 0x03, 0x0F
RX, TIMER = 0x20, 0x01


class Host:
    """Somebody with SPI pins and a clock."""

    def __init__(self, *uids: bytes, origin: str = "aligned", ready: bool = True) -> None:
        self.time = GivenTime()
        self.chip = Mfrc522Chip(clock=self.time, collision_origin=origin)
        self.cards = [VirtualCard(uid) for uid in uids]
        for card in self.cards:
            self.chip.field.place(card)
        if ready:
            self.time.sleep(0.001)
            self.write(TX_CONTROL, 0x83)
            self.write(T_MODE, 0x80)
            self.write(T_PRESCALER, 169)
            self.write(T_RELOAD_LOW, 39)  # 40 ticks of 25 us: 1 ms

    def write(self, register: int, *values: int) -> None:
        self.chip.transfer(bytes((register << 1, *values)))

    def read(self, *registers: int) -> bytes:
        sent = bytes((*(0x80 | register << 1 for register in registers), 0))
        return self.chip.transfer(sent)[1:]

    def send(self, data: bytes, framing: int = 0, wait: float = 0.002) -> bytes:
        """Transceive; the FIFO's content after `wait`."""
        self.write(COMMAND, 0)
        self.write(COM_IRQ, 0x7F)
        self.write(LEVEL, 0x80)
        self.write(FIFO, *data)
        self.write(FRAMING, framing)
        self.write(COMMAND, TRANSCEIVE)
        self.write(FRAMING, framing | 0x80)
        self.time.sleep(wait)
        return self.read(*[FIFO] * self.read(LEVEL)[0])


@pytest.mark.parametrize(
    ("register", "value"),
    [
        (0x01, 0x20), (0x02, 0x80), (0x04, 0x14), (0x06, 0x00), (0x07, 0x21), (0x0A, 0x00),
        (0x0B, 0x08), (0x0C, 0x10), (0x0D, 0x00), (0x11, 0x3F), (0x12, 0x00), (0x13, 0x00),
        (0x14, 0x80), (0x15, 0x00), (0x16, 0x10), (0x17, 0x84), (0x18, 0x84), (0x19, 0x4D),
        (0x21, 0xFF), (0x22, 0xFF), (0x24, 0x26), (0x26, 0x48), (0x27, 0x88), (0x28, 0x20),
        (0x29, 0x20), (0x2A, 0x00), (0x2B, 0x00), (0x2C, 0x00), (0x2D, 0x00), (0x37, 0x92),
    ],
)  # fmt: skip
def test_reset_values_of_the_data_sheet(register: int, value: int) -> None:
    host = Host()
    host.write(COMMAND, SOFT_RESET)
    host.time.sleep(0.001)
    assert host.read(register) == bytes((value,))


def test_reads_go_back_to_back_and_a_write_goes_to_one_register() -> None:
    host = Host()
    host.write(FIFO, 1, 2, 3)
    assert host.read(LEVEL, VERSION, FIFO, FIFO, LEVEL) == bytes((3, 0x92, 1, 2, 1))
    assert host.chip.transfer(b"") == b""


def test_bus_time_is_eight_clocks_a_byte() -> None:
    host = Host(ready=False)
    host.read(VERSION)
    assert host.chip.transfers == 1
    assert host.chip.bus_seconds(1e6) == pytest.approx(16e-6)


def test_chip_needs_a_moment_after_reset() -> None:
    host = Host()
    host.write(COMMAND, SOFT_RESET)
    assert host.read(COMMAND)[0] & 0x10
    host.time.sleep(0.001)
    assert not host.read(COMMAND)[0] & 0x10


def test_fifo_holds_64_bytes_and_says_when_it_overflows() -> None:
    host = Host()
    host.write(FIFO, *range(65))
    assert host.read(LEVEL, ERROR) == bytes((64, 0x10))
    host.write(LEVEL, 0x80)
    assert host.read(LEVEL, ERROR) == bytes((0, 0))


def test_interrupt_bits_are_set_and_cleared_by_marking() -> None:
    host = Host()
    host.write(COM_IRQ, 0x7F)
    host.write(COM_IRQ, 0x80 | 0x24)
    assert host.read(COM_IRQ) == b"\x24"
    host.write(COM_IRQ, 0x04)
    assert host.read(COM_IRQ) == b"\x20"


def test_idle_command_of_the_host_raises_no_interrupt() -> None:
    """Data sheet 9.3.1.5, IdleIRq: only a command that ends by itself does."""
    host = Host()
    host.write(COM_IRQ, 0x7F)
    host.write(COMMAND, 0x00)
    assert host.read(COM_IRQ) == b"\x00"


def test_version_and_errors_cannot_be_written() -> None:
    host = Host()
    host.write(VERSION, 1)
    host.write(ERROR, 0xFF)
    assert host.read(VERSION, ERROR) == bytes((0x92, 0))


def test_coprocessor_gives_crc_a_of_the_standard() -> None:
    host = Host()
    host.write(MODE, 0x3D)
    host.write(FIFO, 0x12, 0x34)
    host.write(COMMAND, CALC_CRC)
    assert host.read(DIV_IRQ)[0] & 0x04
    assert host.read(0x22, 0x21) == bytes.fromhex("26cf")


def test_coprocessor_goes_on_with_bytes_that_come_later() -> None:
    host = Host()
    host.write(MODE, 0x3D)
    host.write(COMMAND, CALC_CRC)
    host.write(FIFO, 0x12)
    host.write(FIFO, 0x34)
    assert host.read(0x22, 0x21) == bytes.fromhex("26cf")


def test_timer_ends_the_wait_for_nobody_after_its_time_and_not_before() -> None:
    host = Host()
    sending = 9 * BIT_SECONDS
    host.send(b"\x26", 7, wait=sending + 0.0009)
    assert not host.read(COM_IRQ)[0] & (TIMER | RX)
    host.time.sleep(0.0002)
    assert host.read(COM_IRQ)[0] & TIMER


def test_answer_comes_after_frame_delay_and_air_time() -> None:
    host = Host(SEVEN)
    host.send(b"\x26", 7, wait=0.00030)
    assert not host.read(COM_IRQ)[0] & RX
    host.time.sleep(0.00008)
    assert host.read(COM_IRQ)[0] & (RX | TIMER) == RX
    assert host.read(FIFO, FIFO) == bytes.fromhex("4400")
    assert host.chip.field.air_seconds == pytest.approx(0.000358, abs=0.00001)


def test_card_hears_nothing_without_antenna() -> None:
    host = Host(SEVEN)
    host.write(TX_CONTROL, 0x80)
    assert host.send(b"\x26", 7) == b""


def test_start_without_transceive_sends_nothing() -> None:
    host = Host(SEVEN)
    host.write(FIFO, 0x26)
    host.write(FRAMING, 0x87)
    host.time.sleep(0.002)
    assert host.chip.field.frames == 0


def test_select_by_hand() -> None:
    host = Host(SEVEN)
    host.send(b"\x52", 7)
    assert host.send(b"\x93\x20") == LEVEL_ONE
    assert host.send(with_crc(b"\x93\x70" + LEVEL_ONE)) == with_crc(b"\x04")
    assert host.send(b"\x95\x20").hex() == "c3d4e5f604"
    assert host.send(with_crc(bytes.fromhex("9570c3d4e5f604"))) == with_crc(b"\x00")
    assert host.cards[0].state is State.ACTIVE


def test_chip_makes_and_checks_the_crc_when_told() -> None:
    host = Host(SEVEN)
    host.write(MODE, 0x3D)
    host.send(b"\x52", 7)
    host.send(b"\x93\x20")
    host.write(TX_MODE, 0x80)
    host.write(RX_MODE, 0x80)
    assert host.send(b"\x93\x70" + LEVEL_ONE) == b"\x04"
    assert host.read(ERROR) == b"\x00"


PAIR = bytes.fromhex("01020384"), bytes.fromhex("01021384")


@pytest.mark.parametrize(
    ("origin", "known", "position"),
    [("aligned", 0, 21), ("aligned", 10, 13), ("received", 10, 11), ("level", 10, 21)],
)
def test_collision_is_placed_and_what_follows_is_cleared(
    origin: str, known: int, position: int
) -> None:
    """The numbers differ in their bit 20 (from 0): the 21st."""
    host = Host(*PAIR, origin=origin)
    host.write(COLL, 0x00)
    host.send(b"\x52", 7)
    whole, rest = divmod(known, 8)
    frame = bytes((0x93, (2 + whole) << 4 | rest)) + PAIR[0][: whole + (rest > 0)]
    answer = host.send(frame, rest << 4 | rest)
    assert host.read(ERROR)[0] & 0x08
    assert host.read(COLL)[0] == position
    bits = to_bits(answer)[rest:]
    assert bits[: 20 - known] == to_bits(PAIR[0])[known:20]
    assert not any(bits[20 - known :])


def test_values_after_a_collision_stay_when_asked() -> None:
    host = Host(*PAIR)
    host.write(COLL, 0x80)
    host.send(b"\x52", 7)
    assert host.send(b"\x93\x20")[3] == PAIR[0][3]


@pytest.mark.parametrize(("position", "register"), [(8, 8), (31, 31), (32, 0)])
def test_collision_position_32_reads_as_zero(position: int, register: int) -> None:
    other = bytearray(4)
    other[(position - 1) // 8] = 1 << (position - 1) % 8
    host = Host(bytes(4), bytes(other))
    host.send(b"\x52", 7)
    host.send(b"\x93\x20")
    assert host.read(COLL)[0] & 0x3F == register


def test_collision_of_lone_atqas_is_seen_too() -> None:
    host = Host(SEVEN, bytes(4))
    host.send(b"\x52", 7)
    assert host.read(ERROR)[0] & 0x08


def test_wrong_alignment_of_a_split_byte_is_a_parity_error() -> None:
    host = Host(SEVEN)
    host.send(b"\x52", 7)
    host.send(bytes((0x93, 0x25, LEVEL_ONE[0])), 5)
    assert host.read(ERROR)[0] & 0x02


def test_bits_of_the_last_byte_are_counted() -> None:
    class Acknowledging(VirtualCard):
        def application(self, frame: bytes) -> Nibble:
            return Nibble(0xA)

    host = Host()
    host.chip.field.place(Acknowledging(bytes(4)))
    host.send(b"\x52", 7)
    host.send(with_crc(b"\x93\x70" + bytes(5)))
    assert host.send(with_crc(b"\xa2\x04\x00\x00\x00\x00")) == b"\x0a"
    assert host.read(CONTROL)[0] & 0x07 == 4


@pytest.mark.parametrize("level", [0x00, 0xFF])
def test_unplugged_chip_reads_one_level_and_comes_back_reset(level: int) -> None:
    host = Host(SEVEN)
    host.chip.unplug(level)
    assert host.read(VERSION, T_MODE) == bytes((level, level))
    assert not host.chip.field.powered
    host.chip.plug()
    assert host.read(VERSION, T_MODE) == bytes((0x92, 0x00))


def test_brown_out_loses_settings_and_antenna_but_answers() -> None:
    host = Host()
    host.chip.brown_out()
    assert host.read(VERSION, T_MODE, TX_CONTROL) == bytes((0x92, 0x00, 0x80))
    assert not host.chip.field.powered


def test_frozen_chip_reads_but_takes_nothing() -> None:
    host = Host()
    host.chip.freeze()
    host.write(T_MODE, 0x00)
    assert host.read(VERSION, T_MODE) == bytes((0x92, 0x80))
    assert host.chip.peek(T_MODE) == 0x80


class TestCard:
    """States of ISO/IEC 14443-3 clause 6.3, on the bare air."""

    REQA, WUPA = to_bits(b"\x26", 7), to_bits(b"\x52", 7)
    SELECT = to_bits(with_crc(b"\x93\x70" + bytes.fromhex("0102030404")))
    HALT = to_bits(with_crc(b"\x50\x00"))

    def active(self) -> VirtualCard:
        card = VirtualCard(bytes.fromhex("01020304"))
        assert card.receive(self.REQA) and card.receive(self.SELECT)
        assert card.state is State.ACTIVE
        return card

    def test_request_in_ready_or_active_goes_back_in_silence(self) -> None:
        card = self.active()
        assert card.receive(self.REQA) is None
        assert card.state is State.IDLE
        assert card.receive(self.REQA) is not None
        assert card.receive(self.WUPA) is None
        assert card.state is State.IDLE

    def test_halted_card_answers_only_wupa_and_falls_back_to_halt(self) -> None:
        card = self.active()
        assert card.receive(self.HALT) is None
        assert card.receive(self.REQA) is None
        assert card.receive(self.WUPA) is not None
        assert card.receive(to_bits(b"\xff\xff")) is None
        assert card.state is State.HALT
        card.power_off()
        assert card.receive(self.REQA) is not None

    @pytest.mark.parametrize(
        "frame",
        [b"\x93\x70\x01\x02\x03\x04\x04\x00\x00", b"\x95\x20", b"\x93\x10", b"\x93\x7f", b"\x93"],
        ids=["bad crc", "wrong level", "short NVB", "long NVB", "one byte"],
    )
    def test_frame_that_is_not_ours_ends_the_anticollision(self, frame: bytes) -> None:
        card = VirtualCard(bytes.fromhex("01020304"))
        card.receive(self.REQA)
        assert card.receive(to_bits(frame)) is None
        assert card.state is State.IDLE

    def test_unknown_command_is_not_answered_and_ends_the_session(self) -> None:
        card = self.active()
        assert card.receive(to_bits(with_crc(b"\x30\x04"))) is None
        assert card.state is State.IDLE

    def test_application_answers_with_a_crc(self) -> None:
        class Echo(VirtualCard):
            def application(self, frame: bytes) -> bytes:
                return frame[::-1]

        card = Echo(bytes.fromhex("01020304"))
        card.receive(self.REQA)
        card.receive(self.SELECT)
        burst = card.receive(to_bits(with_crc(b"\x30\x04")))
        assert burst is not None and to_bytes(burst.bits) == with_crc(b"\x04\x30")
        assert card.state is State.ACTIVE

    @pytest.mark.parametrize("size", [0, 5, 8])
    def test_number_of_another_size_is_refused(self, size: int) -> None:
        with pytest.raises(ValueError, match="4, 7 or 10 bytes"):
            VirtualCard(bytes(size))
