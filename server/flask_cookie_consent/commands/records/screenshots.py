"""Pictures of pages as a phone and a desktop show them, by the Chromium of this machine."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from ...records.evidence.pictures import Pictures
from ..chromium import BROWSERS, find_browser, flags

#: Width and height of the page in CSS pixels.
DEVICES = {"phone": (360, 740), "desktop": (1280, 800)}

#: Numbers of Blink's setting preferredColorScheme.
SCHEMES = {"light": 1, "dark": 0}

#: How many pictures there are of one page.
PER_PAGE = len(DEVICES) * len(SCHEMES)

#: Seconds for one picture; one takes about one.
TIMEOUT = 30.0

_PNG = b"\x89PNG\r\n\x1a\n"


class NoPicture(RuntimeError):
    """The browser made no picture. The message says why, as far as the browser said it."""


def take_pictures(
    pages: Mapping[str, str],
    *,
    timeout: float = TIMEOUT,
    progress: Callable[[int], object] | None = None,
) -> Pictures:
    """What the top of each page looks like on each device, light and dark. Never raises because
    of the browser: it says what is missing.

    :param pages: documents of HTML that need no other file, by name.
    :param timeout: seconds for one picture at most.
    :param progress: called with the number of pictures just taken.
    """
    found = find_browser()
    if found is None:
        return Pictures({}, None, f"no browser is on PATH; looked for {', '.join(BROWSERS)}")
    files: dict[str, bytes] = {}
    version = None
    try:
        with TemporaryDirectory(prefix="pages-", ignore_cleanup_errors=True) as name:
            folder = Path(name)
            version = _run(found, folder, ["--version"], timeout)
            for page, html in pages.items():
                (folder / f"{page}.html").write_text(html, "utf-8")
                for device in DEVICES:
                    for scheme in SCHEMES:
                        picture = _take(found, folder, page, device, scheme, timeout)
                        files[f"{page}-{device}-{scheme}.png"] = picture
                        if progress is not None:
                            progress(1)
    except (OSError, NoPicture) as error:
        return Pictures(files, version, f"{found} failed: {error}")
    return Pictures(files, version, None)


def _take(browser: str, folder: Path, page: str, device: str, scheme: str, timeout: float) -> bytes:
    width, height = DEVICES[device]
    picture = folder / "picture.png"
    picture.unlink(missing_ok=True)
    arguments = [
        *flags(),
        "--headless",
        "--hide-scrollbars",
        f"--user-data-dir={folder / 'profile'}",
        # Nothing leaves this machine.
        "--host-resolver-rules=MAP * ~NOTFOUND",
        f"--window-size={width},{height}",
        f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}",
        f"--screenshot={picture}",
    ]
    _run(browser, folder, [*arguments, (folder / f"{page}.html").as_uri()], timeout)
    data = picture.read_bytes() if picture.exists() else b""
    if not data.startswith(_PNG):
        raise NoPicture("it ended well, but wrote no picture")
    return data


def _run(browser: str, folder: Path, arguments: list[str], timeout: float) -> str:
    """What the browser said. Into files, not pipes: its child processes would hold those open
    after a time-out has killed it."""
    out, err = folder / "out.txt", folder / "err.txt"
    try:
        with out.open("wb") as stdout, err.open("wb") as stderr:
            ended = subprocess.run(
                [browser, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                timeout=timeout,
                check=False,
            )
    except subprocess.TimeoutExpired:
        raise NoPicture(f"it took longer than {timeout:g} seconds") from None
    if ended.returncode:
        said = err.read_text("utf-8", "replace").strip().splitlines() or ["it said nothing"]
        raise NoPicture(f"exit status {ended.returncode}; {said[-1]}")
    return out.read_text("utf-8", "replace").strip()
