"""No log ever holds a card number, a key, or a code."""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from sqlalchemy import insert
from sqlalchemy.exc import SQLAlchemyError

from loquet_contract.wire.enrolment import Code
from loquet_server import logs
from loquet_server.database import Database
from loquet_server.models import Credential
from tests.server.house import make_keys

NUMBER = "04a1b2c3d4e5f6"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    found = io.StringIO()
    logs.configure("DEBUG", found)
    yield found
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def test_lines_are_json_objects(stream: io.StringIO) -> None:
    structlog.get_logger("x").info("door_released", door="front", revision=3)
    logging.getLogger("library").warning("plain %s", "words")
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert (first["event"], first["door"], first["level"]) == ("door_released", "front", "info")
    assert second["event"] == "plain words"


def test_secrets_are_hidden_wherever_they_stand(stream: io.StringIO) -> None:
    code = Code("http://localhost:8000", "0" * 64, b"0123456789abcdef").text()
    log = structlog.get_logger("x")
    log.info("tap", number=NUMBER, uid=NUMBER, nested={"credential": {"number": NUMBER}})
    log.info("list", credential=[NUMBER], note=f"heard uid7:{NUMBER} at the door")
    log.info("code", text=f"enrol {code} now")
    logging.getLogger("library").error("it was uid7:%s", NUMBER)
    log.info("keys", keys=make_keys(), signing=make_keys().signing)
    text = stream.getvalue()
    assert NUMBER not in text
    assert code not in text
    assert (b"p" * 32).decode() not in text
    assert len(text.splitlines()) == 5


@pytest.mark.parametrize("blocking", [False, True])
async def test_an_error_of_the_database_shows_no_values(
    stream: io.StringIO, tmp_path: Path, blocking: bool
) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}")
    row = insert(Credential).values(id="c1", number_sealed="sealed-words", digest="digest-words")
    with pytest.raises(SQLAlchemyError) as failed:
        if blocking:
            await database.run(lambda session: session.execute(row))
        else:
            async with database.with_transaction() as session:
                await session.execute(row)
    structlog.get_logger("x").error("failed", exc_info=failed.value)
    await database.close()
    assert "credentials" in stream.getvalue()
    assert "-words" not in stream.getvalue()


@pytest.mark.parametrize("prefix", ["loquet1.", "loquet2."])
def test_what_lets_a_unit_in_is_hidden_wherever_it_stands(stream: io.StringIO, prefix: str) -> None:
    structlog.get_logger("x").error(f"cannot read {prefix}c2VjcmV0-words_ here")
    assert "c2VjcmV0" not in stream.getvalue()


def test_an_error_with_a_number_in_its_trace_is_hidden(stream: io.StringIO) -> None:
    try:
        raise ValueError(f"cannot store uid7:{NUMBER}")
    except ValueError:
        structlog.get_logger("x").exception("failed")
    assert NUMBER not in stream.getvalue()
    assert logs.HIDDEN in stream.getvalue()
