"""What a visitor sends: read from a request, checked, and turned into a choice.

Two kinds of visitors send the same thing. A browser with our script sends the cookie value that
it has written (``choice``), or a program does so as JSON. A browser without scripts sends a form:
a button (``answer``) and boxes (``allow``): that of a service names it, that of a category all
that it showed. See ``docs/http.md``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from werkzeug import Request
from werkzeug.exceptions import (
    BadRequest,
    RequestEntityTooLarge,
    UnprocessableEntity,
    UnsupportedMediaType,
)

from ..choice.codec import Choice, decode, is_id, new_id, split_tokens
from ..choice.rules import Rules
from ..ui.messages import nearest

#: The least limit of a body in bytes; a policy with many services needs more.
MIN_BODY = 4096

_SNAPSHOT = re.compile(r"[A-Za-z0-9_-]{1,64}")

_FIELDS = (
    "choice",
    "answer",
    "asked",
    "snapshot",
    "language",
    "previous",
    "next",
    "page",
    "confirm",
)


@dataclass(frozen=True, slots=True)
class Submission:
    """A choice as it arrived, with what is needed to prove it."""

    choice: Choice
    snapshot: str | None
    """Name of the snapshot that the visitor's page showed; ``None`` if it said none."""
    language: str | None
    previous_id: str | None
    scripted: bool
    confirmed: bool
    """Whether the visitor has confirmed that an opt-out is taken back."""
    next: str | None
    """Where a form wants to go back to; not checked yet."""
    page: str | None
    """The page that a form stood on, as it says itself; not checked yet."""


def max_body(rules: Rules) -> int:
    """How many bytes a body may have: ids, boxes and tokens of every service, with room. The boxes
    of a category and of its services may both be ticked."""
    return max(MIN_BODY, 1024 + sum(2 * len(s.id) + 32 for s in rules.service_of.values()))


def read_submission(
    request: Request,
    rules: Rules,
    current: Choice | None,
    snapshot: Callable[[str], str],
    now: int,
    signal: bool = False,
    *,
    body: bytes | None = None,
) -> Submission:
    """The choice that ``request`` carries.

    :param current: the choice in force before, from the request's cookie.
    :param snapshot: gives the name of what pages show now in a language; a page that showed
        something else may know services that are unknown by now.
    :param now: seconds since 1970.
    :param signal: whether the browser sends a signal against the sale or sharing of data.
    :param body: of the request, where it was kept before anything could read it.
    :raises werkzeug.exceptions.HTTPException: 400 if the body cannot be read, 413 if it is too
        long, 415 if it is neither a form nor JSON, 422 if it names an unknown service.
    """
    fields, allow = _read_body(request, max_body(rules), body)
    previous = fields["previous"]
    shown = fields["snapshot"]
    language = nearest(fields["language"] or "")
    if fields["choice"]:
        choice = _from_value(
            fields["choice"], rules, shown == snapshot(language or rules.policy.language)
        )
    elif fields["answer"]:
        choice = _from_form(fields, allow, rules, current, now)
        previous = current.id if current else None
    else:
        raise BadRequest("a choice needs the field `choice` (a cookie value) or `answer`")
    if signal:
        choice = _under_signal(choice, rules)
    return Submission(
        choice=_timed(choice, rules.lifetime, now),
        snapshot=shown if shown and _SNAPSHOT.fullmatch(shown) else None,
        language=language,
        previous_id=previous if is_id(previous) else None,
        scripted=bool(fields["choice"]),
        confirmed=bool(fields["confirm"]),
        next=fields["next"],
        page=fields["page"],
    )


def _from_value(value: str, rules: Rules, is_current: bool) -> Choice:
    choice = decode(value)
    if choice is None:
        raise UnprocessableEntity("`choice` is not a consent cookie value")
    answers = choice.granted + choice.refused
    unknown = rules.unknown(answers)
    # Some unknown tokens are answers kept from an older or newer state of the site; but who
    # sees the present page answers something that it asks.
    if is_current and unknown and len(unknown) == len(answers) // 3:
        raise UnprocessableEntity(f"unknown services: {', '.join(unknown)[:200]}")
    granted, refused = rules.fit(split_tokens(choice.granted), split_tokens(choice.refused))
    return choice._replace(granted=granted, refused=refused, id=choice.id or new_id())


def _from_form(
    fields: dict[str, str | None],
    allow: list[str],
    rules: Rules,
    current: Choice | None,
    now: int,
) -> Choice:
    known = {s.id for s in rules.service_of.values()}
    if unknown := sorted(set(allow) - known):
        raise UnprocessableEntity(
            f"unknown services: {', '.join(unknown)[:200]}; known: {', '.join(sorted(known))}"
        )
    asked = fields["asked"]
    if asked is not None and decode(f"1a0.0.{asked}.") is None:
        raise UnprocessableEntity("`asked` is not a run of service tokens")
    answer = fields["answer"]
    if answer == "accept":
        # Only the first layer says what it asked; the preferences show everything.
        runs = rules.accept(current, asked) if asked else rules.save(current, known)
    elif answer == "reject":
        runs = rules.reject(current, asked)
    elif answer == "save":
        runs = rules.save(current, allow)
    elif answer in ("add", "embed"):  # a page that needs consent; a placeholder in a page
        if not allow:
            raise UnprocessableEntity(f"`answer` is {answer}, so `allow` must name a service")
        runs = rules.add(current, allow)
    else:
        raise UnprocessableEntity("`answer` is none of accept, reject, save, add, embed")
    method = "save" if answer == "add" else answer
    return Choice(now, method, *runs, id=new_id(), scripted=False)


def _under_signal(choice: Choice, rules: Rules) -> Choice:
    """``choice`` as it counts beside the signal: what is said about single services overrides it,
    "accept all" does not."""
    is_deliberate = not choice.scripted and choice.method in ("save", "embed")
    if is_deliberate and rules.honour(choice).granted != choice.granted:
        return choice._replace(method="override")
    return rules.honour(choice)


def _timed(choice: Choice, lifetime: int, now: int) -> Choice:
    """``choice`` with the earlier of the browser's clock and ours; ours alone where the
    browser's is plainly wrong."""
    return choice._replace(time=min(choice.time, now) if choice.in_force(lifetime, now) else now)


def _read_body(
    request: Request, limit: int, body: bytes | None
) -> tuple[dict[str, str | None], list[str]]:
    """The known fields of the body, each a text or ``None``, and the ``allow`` boxes."""
    if (request.content_length or 0) > limit:
        raise RequestEntityTooLarge
    if body is None:
        body = request.get_data()
    if len(body) > limit:
        raise RequestEntityTooLarge
    if request.mimetype == "application/x-www-form-urlencoded":
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True)
        except ValueError as error:
            raise BadRequest("the form is not valid UTF-8") from error
        if not body:  # something has read the form before: Werkzeug keeps what it found
            pairs = list(request.form.items(multi=True))
        fields: dict[str, object] = dict(pairs)
        allow: object = [id for name, value in pairs if name == "allow" for id in value.split(" ")]
    elif request.mimetype == "application/json":
        try:
            fields = json.loads(body)
            json.dumps(fields, ensure_ascii=False).encode()  # refuses halves of surrogate pairs
        except (ValueError, RecursionError) as error:
            raise BadRequest("the body is not valid JSON") from error
        if not isinstance(fields, dict):
            raise BadRequest("the body is not a JSON object")
        allow = fields.get("allow", [])
    else:
        raise UnsupportedMediaType("send application/x-www-form-urlencoded or application/json")
    if not isinstance(allow, list) or not all(isinstance(id_, str) for id_ in allow):
        raise BadRequest("`allow` is not a list of service ids")
    found = {name: fields.get(name) for name in _FIELDS}
    for name, value in found.items():
        if value is not None and not isinstance(value, str):
            raise BadRequest(f"`{name}` is not a text")
    return {name: value or None for name, value in found.items()}, allow  # type: ignore[misc]
