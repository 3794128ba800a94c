"""The page in the frame: an app of its own with a ``CookieConsent`` as the controls say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, render_template

from ...http.hosts import plain_name
from ...policy import Policy, Service
from .options import Options, View

if TYPE_CHECKING:
    from ...site import Site


def make_site(own: Site, options: Options, view: View, cookie_name: str) -> Flask:
    """A small site that asks for consent as ``own`` does, but for ``options``.

    :param cookie_name: of its consent cookie. All ports of a host share their cookies, so that
        the site's own choice, or another frame's, would count here.
    :raises ValueError: if there can be no ``CookieConsent`` with these options.
    """
    made = options.made(
        own,
        policy=with_cookie_name(own.policy, cookie_name),
        language=lambda: view.language,
        policy_url=None,  # the site's own page is not here
        privacy_policy_url=None,
    )
    app = Flask(__name__, static_folder=None)
    app.register_blueprint(made)
    embeddable = service_to_embed(own.policy)

    def page(template: str, **more: Any) -> str:
        renderer = made.site.renderer
        said, texts = renderer.view(view.language), renderer.texts(view.language)
        service = said.services[embeddable.id] if embeddable else {}
        return render_template(template, t=texts, said=said, service=service, **more)

    app.add_url_rule("/", view_func=lambda: page("site.html"), endpoint="page")
    app.add_url_rule("/embed", view_func=lambda: page("site.html", embed=True), endpoint="embed")
    app.add_url_rule("/content", view_func=lambda: page("content.html"), endpoint="content")

    @app.after_request
    def forbid_others(response: Response) -> Response:
        sources = {name: " ".join(hashes) for name, hashes in made.csp_hashes.items()}
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; connect-src 'self'; img-src 'self' data:; frame-src 'self'; "
            "form-action 'self'; base-uri 'none'; frame-ancestors 'self'; "
            f"script-src 'self' {sources['script-src']}; style-src 'self' {sources['style-src']}"
        )
        return response

    return app


def with_cookie_name(policy: Policy, name: str) -> Policy:
    """``policy`` with another name for its consent cookie, which holds for this host alone."""

    def renamed(service: Service) -> Service:
        return replace(
            service,
            cookies=[
                replace(cookie, name=name)
                if (cookie.storage, cookie.name) == ("cookie", policy.cookie_name)
                else cookie
                for cookie in service.cookies
            ],
        )

    services = [renamed(service) for service in policy.services]
    return replace(policy, services=services, cookie_name=name, cookie_domain=None)


def frame_cookie_name(policy: Policy, state: str) -> str:
    """The name of the consent cookie of a frame.

    :param state: tells frames apart.
    """
    return f"{plain_name(policy.cookie_name)}-{state}"


def service_to_embed(policy: Policy) -> Service | None:
    """A service whose content can wait behind a placeholder: a third party's, not for
    advertising, where there is one."""
    optional = [s for s in policy.services if s.id in policy.tokens]
    order = {"functional": 0, "marketing": 2}
    return min(optional, key=lambda s: (s.party != "third", order.get(s.category, 1)), default=None)
