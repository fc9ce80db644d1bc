"""``python -m tests.contract.golden`` writes the golden files that are missing; never another."""

from pathlib import Path

from loquet_contract.wire.codec import encode
from tests.contract.samples import PLAIN, SIGNED

FOLDER = Path(__file__).parent / "v1"


def add_missing(folder: Path = FOLDER) -> list[Path]:
    """Write what is not there; return which files were written."""
    texts = {
        folder / group / f"{name}.json": encode(sample)
        for group, samples in PLAIN.items()
        for name, sample in samples.items()
    }
    texts |= {folder / "signed" / f"{name}.json": text for name, (_, _, text) in SIGNED.items()}
    missing = [path for path in texts if not path.exists()]
    for path in missing:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(texts[path] + "\n", "utf-8")
    return missing


if __name__ == "__main__":
    for added in add_missing():
        print(f"added {added}")
