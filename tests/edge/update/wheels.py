"""Wheels of this very program under another version, and environments that need nothing else."""

import base64
import compileall
import hashlib
import site
import venv
import zipfile
from pathlib import Path

from loquet_contract.wire.releases import Release, ReleaseFile
from loquet_edge.update.environment import Environments

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = (ROOT / "contract/loquet_contract", ROOT / "edge/loquet_edge")


def wheel(folder: Path, version: str, **changed: str) -> Path:
    """Write the wheel of contract and edge; ``changed``: files of the edge, other than they are."""
    folder.mkdir(parents=True, exist_ok=True)
    info = f"loquet-{version}.dist-info"
    files = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: loquet\nVersion: {version}\n"
        "Provides-Extra: edge\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\nloquet-edge = loquet_edge.cli:main\n",
    }
    for package in PACKAGES:
        for file in sorted(package.rglob("*")):
            if file.suffix in (".py", ".toml"):
                name = str(file.relative_to(package.parent))
                key = file.stem if file.parent.name == "loquet_edge" else ""
                files[name] = changed.get(key) or file.read_text("utf-8")
    place = folder / f"loquet-{version}-py3-none-any.whl"
    with zipfile.ZipFile(place, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
        archive.writestr(f"{info}/RECORD", _record(files, info))
    return place


def _record(files: dict[str, str], info: str) -> str:
    lines = []
    for name, text in files.items():
        raw = text.encode()
        digest = base64.urlsafe_b64encode(hashlib.sha256(raw).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(raw)}")
    return "\n".join([*lines, f"{info}/RECORD,,"]) + "\n"


def release(*wheels: Path) -> Release:
    """Return the release that these files are."""
    files = []
    for each in wheels:
        raw = each.read_bytes()
        files.append(ReleaseFile(each.name, len(raw), hashlib.sha256(raw).hexdigest()))
    return Release(wheels[0].name.split("-")[1], 1, tuple(files))


class Beside(Environments):
    """Environments that find the other packages where these tests have them."""

    def settle(self, place: Path) -> None:
        (found,) = place.glob("lib/python*/site-packages")
        (found / "beside.pth").write_text("\n".join(site.getsitepackages()) + "\n")


class Unpacked(Beside):
    """Such environments without a pip of their own: the wheel is only unpacked into them."""

    def make(self, place: Path, version: str, wheels: Path) -> None:
        venv.create(place, system_site_packages=True, symlinks=True)
        self.settle(place)
        (found,) = place.glob("lib/python*/site-packages")
        with zipfile.ZipFile(wheels / f"loquet-{version}-py3-none-any.whl") as archive:
            archive.extractall(found)
        compileall.compile_dir(found, quiet=1)  # as pip does: a start is held to a time
        program = place / "bin" / "loquet-edge"
        program.write_text(
            f"#!{place}/bin/python\nfrom loquet_edge.cli import main\n\nmain()\n", "utf-8"
        )
        program.chmod(0o755)
