"""Signing in. Only these pages touch the session, so only they depend on who is signed in."""

from __future__ import annotations

import secrets

from flask import Blueprint, Response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from .pages import IN_LANGUAGE

blueprint = Blueprint("account", __name__)

#: The only user there is. The sign-in page says the password; a real site keeps hashes.
USER, PASSWORD = "ada", "merival"


@blueprint.after_request
def keep_private(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.get(f"{IN_LANGUAGE}/account")
def show() -> str:
    return render_template("account.html", user=session.get("user"), wrong=False)


@blueprint.post(f"{IN_LANGUAGE}/account")
def sign_in() -> BaseResponse | tuple[str, int]:
    name = request.form.get("name", "")
    password = request.form.get("password", "")
    if not (name == USER and secrets.compare_digest(password.encode(), PASSWORD.encode())):
        return render_template("account.html", user=None, wrong=True, name=name), 422
    session.permanent = True
    session["user"] = name
    return redirect(url_for("account.show"), 303)


@blueprint.post(f"{IN_LANGUAGE}/account/out")
def sign_out() -> BaseResponse:
    session.clear()
    return redirect(url_for("account.show"), 303)
