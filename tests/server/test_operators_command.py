"""Accounts from the shell, the code of the first start, and https by a certificate of one's own."""

import ssl
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from loquet_server.app import no_pages
from loquet_server.broker import free_port
from loquet_server.cli import main
from loquet_server.serving import CannotServe, invite_owner, running
from loquet_server.settings import Settings
from tests.server.test_setup import write_pair


def shell(folder: Path, *words: str) -> tuple[int, str]:
    found = CliRunner().invoke(main, [*words, "--data", str(folder)])
    return found.exit_code, found.output


def test_whoever_has_the_shell_makes_and_resets_accounts(tmp_path: Path) -> None:
    status, said = shell(tmp_path, "operator", "add", "Zoe@Moulin.example", "--name", "Zoé")
    assert (status, "http://127.0.0.1:8000/link/" in said) == (0, True), said
    assert shell(tmp_path, "operator", "list") == (
        0,
        "zoe@moulin.example\towner\tall\tZoé\tinvited\n",
    )
    status, said = shell(tmp_path, "operator", "reset", "zoe@moulin.example")
    assert (status, "/link/" in said) == (0, True)
    for words in (
        ("add", "zoe@moulin.example", "--name", "Other"),
        ("add", "no mail", "--name", "X"),
        ("reset", "nobody@moulin.example"),
    ):
        assert shell(tmp_path, "operator", *words)[0] == 2, words


async def test_https_by_a_certificate_of_ones_own(tmp_path: Path) -> None:
    certificate, key = write_pair(tmp_path, "localhost")
    settings = Settings(
        data=tmp_path / "d", port=0, broker_port=free_port(),
        tls_certificate=Path(certificate), tls_key=Path(key),
    )  # fmt: skip
    async with running(settings, include=no_pages) as server:
        trust = ssl.create_default_context(cafile=certificate)
        async with httpx.AsyncClient(verify=trust, trust_env=False) as http:
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
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(data=tmp_path / "d", port=0, broker_port=free_port())
    async with running(settings, include=no_pages) as server:
        await invite_owner(server.office, server.port or 0)
    said = capsys.readouterr().out
    assert f"http://localhost:{server.port}/setup" in said
