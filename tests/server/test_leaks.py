"""The check that nobody is named can fail: whatever is planted is found, and nothing else is."""

import base64
import json
from urllib.parse import quote

import pytest

from tests.leaks import People, found, in_traffic

PEOPLE = People(
    names=("Zéphyrine Qvortrup",),
    mails=("zephyrine@example.org",),
    phones=("+33 6 98 76 54 32",),
    numbers=("04a1b2c3d4e5f6", "8f3c1d22"),
    ids=("hffa2049c0a73",),
)
RAW = bytes.fromhex("04a1b2c3d4e5f6")


@pytest.mark.parametrize(
    ("planted", "kind"),
    [
        ("Zéphyrine Qvortrup came in", "name"),
        ("QVORTRUP ZEPHYRINE", "name"),
        (json.dumps({"who": "Zéphyrine Qvortrup"}), "name"),
        ("/members?find=" + quote("Zéphyrine Qvortrup"), "name"),
        ("mail to Zephyrine@Example.org", "mail"),
        ("call 06 98 76 54 32", "phone"),
        ("tel:+33698765432", "phone"),
        ("uid=04A1B2C3D4E5F6", "card number"),
        ("04:a1:b2:c3:d4:e5:f6", "card number"),
        ("f6 e5 d4 c3 b2 a1 04", "card number"),
        (f"number {int.from_bytes(RAW)}", "card number"),
        (f"number {int.from_bytes(RAW[::-1])}", "card number"),
        (base64.b64encode(RAW).decode(), "card number"),
        ("W34 2403081506", "card number"),
        ("holder hffa2049c0a73 sat down", "member id"),
    ],
)
def test_what_is_planted_is_found(planted: str, kind: str) -> None:
    leaks = found(PEOPLE, "a log", f"before {planted} after")
    assert [leak.partition(" in ")[0] for leak in leaks] == [kind]
    assert found(PEOPLE, "a log", f"before {planted} after".encode()) == leaks


def test_an_id_may_stand_in_a_units_own_topics_alone() -> None:
    body = b'{"holder":"hffa2049c0a73"}'
    own = "loquet/v1/moulin/units/entree/policy"
    assert in_traffic(PEOPLE, [(own, body)]) == []
    for topic in ("loquet/v1/moulin/server/changes", "loquet/v1/moulin/areas/a/counts", "other"):
        (leak,) = in_traffic(PEOPLE, [(topic, body)])
        assert "member id" in leak
    (leak,) = in_traffic(PEOPLE, [(own, b"Qvortrup Z\xc3\xa9phyrine")])
    assert leak.startswith("name")
    assert in_traffic(PEOPLE, [("loquet_home/x/desks/hffa2049c0a73/occupied", b"ON")]) != []


def test_what_is_nobodys_is_not_found() -> None:
    innocent = (
        "2026-03-02T08:31:07Z loquet_area_people 12.0 sequence 1760000000000 door front"
        " digest 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 hffa2049c0a73b"
    )
    assert found(PEOPLE, "a log", innocent) == []
    assert found(People(), "a log", innocent) == [], "nobody to be found"
