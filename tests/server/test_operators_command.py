"""Accounts from the shell, the code of the first start, and https by a certificate of one's own."""

import shutil
import ssl
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from loquet_server.app import no_pages
from loquet_server.broker import free_port
from loquet_server.cli import main
from loquet_server.processes import CannotServe
from loquet_server.serving import invite_owner, running
from loquet_server.settings import Settings
from tests.server.test_setup import write_pair


@pytest.fixture
def data(tmp_path: Path, sqlite_template: Path) -> Path:
    """The data of a server that has run, and had nothing to do."""
    (tmp_path / "d").mkdir()
    shutil.copy(sqlite_template, tmp_path / "d/loquet.db")
    return tmp_path / "d"


def shell(folder: Path, *words: str) -> tuple[int, str]:
    found = CliRunner().invoke(main, [*words, "--data", str(folder)])
    return found.exit_code, found.output


def test_whoever_has_the_shell_makes_and_resets_accounts(data: Path) -> None:
    status, said = shell(data, "operator", "add", "Zoe@Moulin.example", "--name", "Zoé")
    assert (status, "http://127.0.0.1:8000/link/" in said) == (0, True), said
    assert shell(data, "operator", "list") == (
        0,
        "zoe@moulin.example\towner\tall\tZoé\tinvited\n",
    )
    status, said = shell(data, "operator", "reset", "zoe@moulin.example")
    assert (status, "/link/" in said) == (0, True)
    for words in (
        ("add", "zoe@moulin.example", "--name", "Other"),
        ("add", "no mail", "--name", "X"),
        ("add", "a@moulin.example", "--name", "X", "--role", "host", "--site", "moulin"),
        ("reset", "nobody@moulin.example"),
    ):
        assert shell(data, "operator", *words)[0] == 2, words


async def test_https_by_a_certificate_of_ones_own(data: Path, tmp_path: Path) -> None:
    certificate, key = write_pair(tmp_path, "localhost")
    settings = Settings(
        data=data, port=0, broker_port=free_port(),
        tls_certificate=Path(certificate), tls_key=Path(key),
    )  # fmt: skip
    async with running(settings, include=no_pages) as server:
        trust = ssl.create_default_context(cafile=certificate)
        async with httpx.AsyncClient(verify=trust, trust_env=False, timeout=30) as http:
            base = f"https://localhost:{server.port}"
            assert (await http.get(f"{base}/healthz")).status_code == 200
            assert (await http.get(f"{base}/api/v1/doors")).status_code == 401
        assert (settings.data / "address").read_text().startswith("https://")


async def test_a_certificate_without_its_key_does_not_start(tmp_path: Path) -> None:
    certificate, _ = write_pair(tmp_path, "localhost")
    settings = Settings(
        data=tmp_path / "d", port=0, broker_port=free_port(), tls_certificate=Path(certificate)
    )
    with pytest.raises(CannotServe, match="LOQUET_TLS_KEY"):
        async with running(settings, include=no_pages):
            pass


async def test_a_code_is_printed_while_nobody_owns_the_server(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(data=data, port=0, broker_port=free_port())
    async with running(settings, include=no_pages) as server:
        await invite_owner(server.office, server.port or 0)
    said = capsys.readouterr().out
    assert f"http://localhost:{server.port}/setup" in said
