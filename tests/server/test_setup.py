"""The first start: from a printed code to a space with an owner, and no way around it."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from loquet_server.database import Database
from loquet_server.identity.preferences import applied
from loquet_server.models import Area, Audit, OneTimeCode, Operator, Preference, Site
from loquet_server.office import Office
from loquet_server.operators import command
from loquet_server.settings import Accounts, Settings
from loquet_server.setup.certificate import NOT_A_PAIR, OTHER_NAME, OVER, UNREADABLE, trouble
from loquet_server.setup.service import SetupService
from loquet_server.slugs import slug
from tests.server.front_desk import add_operator, browser, csrf, front_desk, sign_in
from tests.server.house import House

OWNER = {
    "name": "Zoé", "mail": "Zoe@Moulin.example", "password": "girafe tunnel biscotte lundi",
    "again": "girafe tunnel biscotte lundi", "language": "fr",
}  # fmt: skip


@pytest.fixture
async def empty(database: Database) -> House:
    """A database with nothing in it."""
    return House(database)


async def print_code(office: Office) -> str:
    async with office.database.with_transaction() as session:
        return await SetupService(session, office.now_ms()).code()


async def own(http: httpx.AsyncClient, code: str) -> httpx.Response:
    assert (await http.post("/setup", data={"code": code})).headers["location"] == "/setup/owner"
    answer = await http.post("/setup/owner", data=OWNER)
    if answer.status_code == 303:
        http.headers["x-csrf-token"] = await csrf(http)
    return answer


async def test_a_code_makes_an_owner_and_a_space(empty: House, tmp_path: Path) -> None:
    office, app = front_desk(empty, tmp_path)
    office.settings = Settings(data=tmp_path)
    code = await print_code(office)
    assert re.fullmatch(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}", code)
    async with browser(app) as http:
        assert (await http.get("/")).headers["location"] == "/login?next=/"
        assert (await http.get("/login?next=/")).headers["location"] == "/setup"
        assert "set-up code" in (await http.get("/setup")).text.lower()
        answer = await own(http, code.lower().replace("-", " "))
        assert answer.headers["location"] == "/setup/space"
        space = {
            "name": "Le Moulin à Café", "timezone": "Europe/Paris", "department": "67",
            "contact": "06 00 00 00 00",
        }  # fmt: skip
        assert (await http.post("/setup/space", data=space)).headers["location"] == "/setup/reach"
        here = await http.post("/setup/reach", data={"kind": "here"})
        assert here.headers["location"] == "/setup/hosting"
        units = {"kind": "on_site", "address": "http://192.168.1.10:8000"}
        assert (await http.post("/setup/hosting", data=units)).headers["location"] == "/setup/mail"
        assert "est pas terminée" in (await http.get("/settings")).text
        later = await http.post("/setup/mail/skip")
        assert later.headers["location"] == "/settings?done=setup"
        await http.post("/setup/mail/skip")
        assert "Le Moulin" in (await http.get("/setup/space")).text
    [site] = await empty.all(Site)
    assert (site.id, site.department, site.school_zone) == ("le-moulin-a-cafe", "67", "B")
    assert [(each.id, each.site) for each in await empty.all(Area)] == [("hall", site.id)]
    [owner] = await empty.all(Operator)
    assert (owner.mail, owner.role, owner.site) == ("zoe@moulin.example", "owner", None)
    assert office.settings.own_address == "http://192.168.1.10:8000"
    assert office.settings.told_broker_host == "192.168.1.10"
    actions = [each.action for each in await empty.all(Audit)]
    assert {"server:setup:begin", "site:record:create", "setting:value:update"} <= set(actions)
    assert actions.count("server:setup:complete") == 1


async def test_a_code_counts_once_and_only_the_last_one(empty: House, tmp_path: Path) -> None:
    office, app = front_desk(empty, tmp_path)
    old, code = await print_code(office), await print_code(office)
    assert code not in repr([each.__dict__ for each in await empty.all(OneTimeCode)])
    async with browser(app) as http, browser(app) as other:
        assert (await http.post("/setup", data={"code": old})).status_code == 422
        await other.post("/setup", data={"code": code})
        assert (await own(http, code)).status_code == 303
        late = await other.post("/setup/owner", data=OWNER | {"mail": "thief@x.example"})
        assert late.headers["location"] == "/setup"
        assert (await other.get("/setup")).headers["location"] == "/login"
        assert (await other.post("/setup", data={"code": code})).status_code == 404
    assert len(await empty.all(Operator)) == 1


async def test_the_owners_page_wants_the_code(empty: House, tmp_path: Path) -> None:
    _, app = front_desk(empty, tmp_path)
    async with browser(app) as http:
        assert (await http.get("/setup/owner")).headers["location"] == "/setup"
        assert (await http.post("/setup/owner", data=OWNER)).headers["location"] == "/setup"
        http.cookies.set("loquet_setup", "0000-0000-0000-0000")
        assert (await http.post("/setup/owner", data=OWNER)).headers["location"] == "/setup"
        assert (await http.get("/setup/space")).status_code == 303
    assert await empty.all(Operator) == []


async def test_guessing_codes_becomes_slow(empty: House, tmp_path: Path) -> None:
    office, app = front_desk(empty, tmp_path)
    code = await print_code(office)
    async with browser(app) as http:
        guesses = [
            (await http.post("/setup", data={"code": f"{each:016d}"})).status_code
            for each in range(7)
        ]
        assert guesses == [422] * 5 + [429] * 2
        assert (await http.post("/setup", data={"code": code})).status_code == 429
        empty.now += 301
        assert (await http.post("/setup", data={"code": code})).status_code == 303


async def test_guessing_by_the_cookie_becomes_slow_too(empty: House, tmp_path: Path) -> None:
    office, app = front_desk(empty, tmp_path)
    code = await print_code(office)
    async with browser(app) as http:
        for guess, status in ((f"{each:016d}", 303 if each < 5 else 429) for each in range(7)):
            http.cookies.set("loquet_setup", guess, domain="localhost.local")
            assert (await http.post("/setup/owner", data=OWNER)).status_code == status
        http.cookies.set("loquet_setup", code, domain="localhost.local")
        assert (await http.get("/setup/owner")).status_code == 429
    assert await empty.all(Operator) == []


async def test_an_account_from_the_shell_may_become_the_owner_and_its_old_link_is_dead(
    empty: House, tmp_path: Path
) -> None:
    office, app = front_desk(empty, tmp_path)
    async with empty.database.with_transaction() as session:
        _, old = await command.add(session, office.now_ms(), "Z", OWNER["mail"], "owner", None)
    code = await print_code(office)
    async with browser(app) as http, browser(app) as other:
        assert (await other.get(f"/link/{old}")).status_code == 200
        assert (await own(http, code)).status_code == 303
        assert (await other.get(f"/link/{old}")).status_code == 404
    [owner] = await empty.all(Operator)
    assert owner.name == "Zoé"


async def test_where_nobody_signs_in_nobody_is_asked_for_a_code(
    empty: House, tmp_path: Path
) -> None:
    _, app = front_desk(empty, tmp_path, accounts=Accounts.LOCAL)
    async with browser(app) as http:
        assert (await http.get("/setup")).headers["location"] == "/setup/space"


@pytest.mark.parametrize(
    ("password", "again", "said"),
    [
        ("court", "court", "at least 12"),
        ("motdepasse2024!", "motdepasse2024!", "first that others would try"),
        ("aaaaaaaaaaaaaa", "aaaaaaaaaaaaaa", "repeats itself"),
        ("zoe-moulin-2024", "zoe-moulin-2024", "others know"),
        ("girafe tunnel biscotte", "girafe tunnel brioche", "not the same"),
    ],
)
async def test_weak_passwords_are_refused_with_advice(
    empty: House, tmp_path: Path, password: str, again: str, said: str
) -> None:
    office, app = front_desk(empty, tmp_path)
    code = await print_code(office)
    async with browser(app) as http:
        await http.post("/setup", data={"code": code})
        form = OWNER | {"password": password, "again": again}
        answer = await http.post("/setup/owner", data=form)
    assert answer.status_code == 422
    assert said in answer.text
    assert "Zoé" in answer.text
    assert password not in answer.text
    assert await empty.all(Operator) == []


async def test_a_space_that_is_there_is_described_anew(house: House, tmp_path: Path) -> None:
    await add_operator(house, "owner")
    _, app = front_desk(house, tmp_path)
    async with browser(app) as http:
        await sign_in(http, "owner")
        assert "La Maison" in (await http.get("/setup/space")).text
        wrong = await http.post("/setup/space", data={"name": "X", "timezone": "Europe/Pari"})
        assert (wrong.status_code, "no such time zone" in wrong.text) == (422, True)
        await http.post("/setup/space", data={"name": "La Grange", "timezone": "Europe/Paris"})
    [site] = await house.all(Site)
    assert (site.id, site.name) == ("maison", "La Grange")


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"kind": "proxy", "trusted_proxies": "127.0.0.1"}, "public_url"),
        ({"kind": "proxy", "public_url": "http://x.example"}, "public_url"),
        ({"kind": "proxy", "public_url": "https://x.example/a"}, "public_url"),
        (
            {"kind": "proxy", "public_url": "https://x.example", "trusted_proxies": "0.0.0.0/0"},
            "trusted_proxies",
        ),
        (
            {"kind": "proxy", "public_url": "https://x.example", "trusted_proxies": "me"},
            "trusted_proxies",
        ),
        (
            {
                "kind": "certificate", "public_url": "https://x.example",
                "tls_certificate": "/no/such", "tls_key": "/no/such",
            },
            "tls_certificate",
        ),
    ],
)  # fmt: skip
async def test_an_address_that_cannot_work_is_not_kept(
    house: House, tmp_path: Path, form: dict[str, str], field: str
) -> None:
    await add_operator(house, "owner")
    _, app = front_desk(house, tmp_path)
    async with browser(app) as http:
        await sign_in(http, "owner")
        answer = await http.post("/setup/reach", data=form)
    assert answer.status_code == 422
    assert f'id="{field}-bad"' in answer.text
    assert await house.all(Preference) == []


def write_pair(folder: Path, name: str, days: int = 30) -> tuple[str, str]:
    """Write a self-signed certificate and its key; return both paths."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=40))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), False)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / f"{name}.pem", folder / f"{name}.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return str(certificate), str(private)


def test_a_certificate_is_looked_at_before_it_counts(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    good, key = write_pair(tmp_path, "loquet.example")
    _, other = write_pair(tmp_path, "other.example")
    over, old = write_pair(tmp_path, "old.example", -1)
    star, shine = write_pair(tmp_path, "*.example")
    assert trouble(good, key, "loquet.example", now) is None
    assert trouble(star, shine, "loquet.example", now) is None
    assert trouble(good, key, "evil.example", now) == ("public_url", OTHER_NAME)
    assert trouble(good, other, "loquet.example", now) == ("tls_key", NOT_A_PAIR)
    assert trouble(over, old, "old.example", now) == ("tls_certificate", OVER)
    assert trouble("/no/such", key, "", now) == ("tls_certificate", UNREADABLE)


def test_the_environment_wins_over_the_pages(tmp_path: Path) -> None:
    kept = {"reach": {"public_url": "https://a.example", "kind": "proxy"}, "hosting": None}
    assert applied(Settings(data=tmp_path), kept).public_url == "https://a.example"
    once = applied(Settings(data=tmp_path), kept)
    again = applied(once, {"reach": {"public_url": "https://c.example"}})
    assert again.public_url == "https://c.example"
    assert applied(again, {}).public_url == ""
    set_there = Settings(data=tmp_path, public_url="https://b.example")
    assert applied(set_there, kept).public_url == "https://b.example"


@pytest.mark.parametrize(
    ("name", "made"),
    [("Le Moulin à Café", "le-moulin-a-cafe"), ("東京", "space"), ("  --  ", "space")],
)
def test_a_name_becomes_an_id(name: str, made: str) -> None:
    assert slug(name) == made
