"""The proof pack of one snapshot: what visitors were shown, by what code, and that it was sealed.

It holds what CNIL's recommendation on cookies and other trackers names as means of proof
(deliberation no. 2020-092 of 17 September 2020, "Preuve du consentement"): the code or its hash,
pictures of what was displayed, and the configurations of the tool; all with times. Audits by third
parties, which it names too, start from here: :mod:`...proof.check_pack` checks a pack without the
database.
"""

from __future__ import annotations

import json
import zipfile
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from ...ui.assets import Asset
from ...ui.notice import Notice
from .evidence import CannotPack, Evidence
from .pack_readme import readme
from .pictures import Pictures
from .receipts import snapshot_entry

#: Of ``proof.json``.
FORMAT = 1


def served_files(notices: Iterable[Notice], language: str) -> Iterator[Asset]:
    """What the site serves now of the kinds that snapshots have hashes of."""
    for notice in notices:
        for assets in notice.assets.values():
            yield from assets.shown(language)


def make_files(
    evidence: Evidence, assets: Iterable[Asset], pictures: Pictures, now: datetime
) -> dict[str, bytes]:
    """The files of the pack by name, with slashes.

    :param assets: what the site serves now: those whose hash is one of the snapshot's are put in.
    :param now: stands in the README as the time that the pack was made.
    """
    row, hashes = evidence.row, evidence.documents["sha256"]
    served = {
        asset.name: asset.body
        for asset in assets
        if hashes.get(asset.name) == sha256(asset.body).hexdigest()
    }
    files = {
        "snapshot/content.json": row["content"].encode(),
        "snapshot/documents.json": row["documents"].encode(),
        **{f"pages/{name}.html": html.encode() for name, html in evidence.pages.items()},
        "code/hashes.sha256": _sums(hashes),
        **{f"code/{name}": body for name, body in served.items()},
        **{f"screenshots/{name}": picture for name, picture in pictures.files.items()},
        **{proven.file: proven.head.note.encode() for proven in evidence.heads},
        "proof.json": _json(_proof(evidence)),
        "key.txt": f"{evidence.verifier}\n".encode(),
        "use.json": _json(vars(evidence.use)),
        "history.json": _json(evidence.history),
    }
    text = readme(evidence, served, pictures, now)
    files["README.txt"] = text.encode()
    sums = {name: sha256(body).hexdigest() for name, body in files.items()}
    return files | {"checksums.sha256": _sums(sums)}


def _proof(evidence: Evidence) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "entry": snapshot_entry(dict(evidence.row)),
        "leaf": evidence.row["leaf"],
        "heads": [
            {"file": proven.file, "path": [b64encode(step).decode() for step in proven.path]}
            for proven in evidence.heads
        ],
    }


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def _sums(hashes: Mapping[str, str]) -> bytes:
    """As ``sha256sum`` writes and reads them."""
    return "".join(f"{hashes[name]}  {name}\n" for name in sorted(hashes)).encode()


# -- Writing --------------------------------------------------------------------------------------


def check_free(out: Path) -> None:
    """Raises :exc:`CannotPack` if there is something at ``out`` but an empty folder."""
    if out.is_dir() and out.suffix != ".zip":
        if any(out.iterdir()):
            raise CannotPack(f"{out} is not empty: name a new folder, or an empty one")
    elif out.exists():
        raise CannotPack(f"{out} exists: name another file, or a folder")


def write_files(files: Mapping[str, bytes], out: Path) -> None:
    """Writes a pack: a zip where ``out`` ends in ``.zip``, else a folder.

    :raises CannotPack: if there is something.
    :raises OSError: if it cannot be written.
    """
    check_free(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.suffix == ".zip":
        with zipfile.ZipFile(out, "x", zipfile.ZIP_DEFLATED) as archive:
            for name in sorted(files):
                archive.writestr(name, files[name])
        return
    for name, body in files.items():
        file = out / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
