"""``@requires_consent``: views that run only with consent."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import current_app

from .context import current_consent
from .installed import current_site
from .pages import required_response

P = ParamSpec("P")
R = TypeVar("R")


def requires_consent(
    name: str, *, otherwise: Callable[[], Any] | None = None
) -> Callable[[Callable[P, R]], Callable[P, Any]]:
    """A decorator for views that may run only if the visitor allows ``name``.

    Who does not gets status 403: a page that says what is needed, and allows it and goes on
    with one button, or JSON where JSON is asked for.

    :param name: id of a service or a category.
    :param otherwise: a function whose result answers instead.
    :raises UnknownName: at the request, if the policy has no such service or category.
    """

    def decorate(view: Callable[P, R]) -> Callable[P, Any]:
        @wraps(view)
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> Any:
            if current_consent().allows(name):
                return current_app.ensure_sync(view)(*args, **kwargs)
            if otherwise is not None:
                return current_app.ensure_sync(otherwise)()
            return required_response(current_site(), name)

        return wrapper

    return decorate
