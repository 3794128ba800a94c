"""What is measured: the page alone, a banner made by hand, ours and its peers, each put into the
page as its documentation has it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from . import packages

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Subject:
    """A banner and how it gets into the page."""

    name: str
    #: What stands in the page's head, at the beginning and at the end of its body. ROOT is where
    #: its files are.
    head: str = ""
    begin: str = ""
    end: str = ""
    #: What npm calls it.
    package: str = ""
    #: Selectors: the whole of it, a text in it, what accepts.
    banner: str = ""
    text: str = ""
    accept: str = ""
    #: By address, what is not in the package.
    files: dict[str, Path] = field(default_factory=dict)

    def body(self, path: str) -> bytes | None:
        """The file at an address of this subject."""
        if path in self.files:
            return self.files[path].read_bytes()
        if self.package and (file := packages.folder(self.package) / path).is_file():
            return file.read_bytes()
        return None


ALONE = Subject("the page alone")

FLOOR = Subject(
    "floor, made by hand",
    head='<link rel="stylesheet" href="ROOT/floor.css"><script src="ROOT/floor.js" defer></script>',
    begin=(HERE / "floor" / "floor.html").read_text("utf-8"),
    files={name: HERE / "floor" / name for name in ("floor.css", "floor.js")},
    banner="#consent",
    text="#consent-text",
    accept="#consent button[value=accept]",
)

OURS = Subject(
    "ours, consent_banner()",
    begin="{{ consent_banner() }}",
    banner="section#fcc",
    text="#fcc .fcc-t",
    accept="#fcc button[value=accept]",
)

TAG = Subject(
    "ours, script tag alone",
    end='<script src="/consent/banner.js" defer></script>',
    banner="section#fcc",
    text="#fcc .fcc-t",
    accept="#fcc button[value=accept]",
)


def _configuration(name: str) -> dict[str, Path]:
    return {"configuration.js": HERE / "configurations" / f"{name}.js"}


PEERS = (
    Subject(
        "Osano cookieconsent",
        package="cookieconsent",
        head='<link rel="stylesheet" href="ROOT/build/cookieconsent.min.css">',
        end='<script src="ROOT/build/cookieconsent.min.js"></script>'
        '<script src="ROOT/configuration.js"></script>',
        files=_configuration("osano"),
        banner=".cc-window",
        text=".cc-message",
        accept=".cc-allow",
    ),
    Subject(
        "vanilla-cookieconsent",
        package="vanilla-cookieconsent",
        head='<link rel="stylesheet" href="ROOT/dist/cookieconsent.css">',
        end='<script type="module" src="ROOT/configuration.js"></script>',
        files=_configuration("vanilla"),
        banner="#cc-main",
        text="#cc-main .cm__desc",
        accept="#cc-main .cm [data-role=all]",
    ),
    Subject(
        "Klaro",
        package="klaro",
        head='<script defer src="ROOT/configuration.js"></script>'
        '<script defer src="ROOT/dist/klaro.js"></script>',
        files=_configuration("klaro"),
        banner="#klaro",
        text="#klaro .cookie-notice p",
        accept="#klaro .cookie-notice .cm-btn-success",
    ),
    Subject(
        "tarteaucitron",
        package="tarteaucitronjs",
        head='<script src="ROOT/tarteaucitron.min.js"></script>'
        '<script src="ROOT/configuration.js"></script>',
        files=_configuration("tarteaucitron"),
        banner="#tarteaucitronRoot",
        text="#tarteaucitronDisclaimerAlert",
        accept="#tarteaucitronPersonalize2",
    ),
    Subject(
        "Orejime",
        package="orejime",
        head='<link rel="stylesheet" href="ROOT/dist/orejime-standard.css">',
        end='<script src="ROOT/configuration.js"></script>'
        '<script src="ROOT/dist/orejime-standard-en.js"></script>',
        files=_configuration("orejime"),
        banner=".orejime-Main",
        text=".orejime-Banner-text, .orejime-Banner-description",
        accept=".orejime-Banner-saveButton",
    ),
)

SUBJECTS = (ALONE, FLOOR, OURS, TAG, *PEERS)
