"""The server's word on a choice, where the browser's cookie may say something else.

Another source may know the visitor, or a signal that no script can see may refuse. The scripts of a
page believe the cookie, and would run what the server takes for refused.
"""

from __future__ import annotations

import time
from typing import Any

from ..choice.codec import Choice, decode, is_id, new_id, split_tokens
from ..choice.cookie import ConsentCookie
from ..choice.permissions import Permissions


def last_word(
    cookie: ConsentCookie, permissions: Permissions, environ: dict[str, Any], *, embedded: bool
) -> list[str]:
    """``Set-Cookie`` values that make the browser's cookie say what the server knows of the
    visitor; none where it does already.

    :param embedded: whether a page of another site asks.
    """
    rules, word = permissions.rules, permissions.counted
    kept = cookie.read(environ)
    if word is not None and not word.time:  # by a signal alone
        if not rules.keeps_signal(kept):
            return []  # nothing that asks runs without a choice
        # As without scripts: then the style sheet that only such visitors load keeps a record.
        word = word._replace(time=int(time.time()), method="gpc", scripted=False, id=new_id())
    if word is None:
        return cookie.expire(environ, embedded=embedded) if kept is not None else []
    granted, refused = rules.fit(*map(split_tokens, (word.granted, word.refused)))
    id = word.id if is_id(word.id) else None
    # As it will be read again, so that it is set once.
    found = decode(word._replace(granted=granted, refused=refused, id=id).encode())
    if found is None or (kept is not None and _answers(kept) == _answers(found)):
        return []
    return cookie.set(environ, found, embedded=embedded)


def _answers(choice: Choice) -> tuple[set[str], set[str]]:
    return set(split_tokens(choice.granted)), set(split_tokens(choice.refused))
