"""Forms as a browser without JavaScript sees them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

Field = tuple[str, str]


@dataclass
class Form:
    """One form of a page: its address, and the fields that it has."""

    action: str
    hidden: list[Field] = field(default_factory=list)
    boxes: list[Field] = field(default_factory=list)
    checked: list[Field] = field(default_factory=list)
    buttons: list[Field] = field(default_factory=list)

    def button(self, value: str) -> list[Field]:
        """The field that a press on the button of that value sends."""
        found = [button for button in self.buttons if button[1] == value]
        assert len(found) == 1, f"buttons: {self.buttons}"
        return found


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            assert values.get("method") == "post"
            self.found.append(Form(values["action"]))
        elif tag in ("input", "button") and "name" in values:
            pair = values["name"], values.get("value", "")
            form = self.found[-1]
            if tag == "button":
                form.buttons.append(pair)
            elif values["type"] == "hidden":
                form.hidden.append(pair)
            else:
                form.boxes.append(pair)
                if "checked" in values:
                    form.checked.append(pair)


def forms_of(page: str) -> list[Form]:
    """The forms of a page, in their order."""
    parser = _Forms()
    parser.feed(page)
    parser.close()
    return parser.found
