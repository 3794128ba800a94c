"""The site that is photographed: one app for each look and language, made when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, render_template_string

from flask_cookie_consent import Cookie, CookieConsent, Exemption, Policy, Service
from flask_cookie_consent.ui.look import PLACEMENTS

FONT = Path(__file__).parent / "font"

#: The words of the site, in English and in Hebrew.
WORDS = {
    "en": {
        "city": "City of Merival",
        "title": "Open data",
        "text": "Figures about the city, free to use by anybody for anything: where it is green, "
        "how warm the river is, which trams are late and why. ",
        "account": "Account",
        "signed": "Keeps you signed in from one page to the next",
        "visits": "Visit statistics",
        "counts": "Counts how often each page is read",
        "why": "the figures are anonymised, and serve this site alone",
        "ways": "Shows which ways visitors take",
        "ads": "Tells which advertisement led here",
        "maps": "Cartolane maps",
        "map": "Map of the places",
        "shows": "Shows where the data were measured",
    },
    "he": {
        "city": "עיריית מריוואל",
        "title": "נתונים פתוחים",
        "text": "נתונים על העיר, לשימוש חופשי של כל אדם ולכל מטרה: היכן ירוק, מה חום המים בנהר, "
        "אילו רכבות מאחרות ומדוע. ",
        "account": "חשבון",
        "signed": "שומר על החיבור שלך מדף לדף",
        "visits": "סטטיסטיקת ביקורים",
        "counts": "סופר כמה פעמים נקרא כל דף",
        "why": "הנתונים אנונימיים ומשמשים את האתר הזה בלבד",
        "ways": "מראה באילו דרכים המבקרים עוברים",
        "ads": "מראה איזו מודעה הובילה לכאן",
        "maps": "המפות של Cartolane",
        "map": "מפת המקומות",
        "shows": "מראה היכן נמדדו הנתונים",
    },
}

#: What no stylesheet of ours can say: the type, and that nothing moves. Code and the cross of the
#: dialog have a generic family, which is another font on every machine.
HEAD = """<link rel="icon" href="data:,"><style>
@font-face { font-family: Pictures; src: url(/font/noto-sans-regular.woff2); font-weight: 400; }
@font-face { font-family: Pictures; src: url(/font/noto-sans-bold.woff2); font-weight: 600 700; }
:root { --fcc-font: Pictures; font-family: Pictures; }
#fcc-dialog code, #fcc-content code, .fcc-e code, #fcc-dialog .fcc-x {
  font-family: Pictures !important;
}
*, ::before, ::after { animation: none !important; transition: none !important; }
</style>"""

PAGE = """<!doctype html>
<html lang="{{ language }}" dir="{{ direction }}"><head><meta charset="utf-8">
<title>{{ w.title }}</title><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<style>main { max-width: 40rem; margin: 40px auto; padding: 0 20px; line-height: 1.6; }</style>
</head><body>{{ consent_banner() }}<main><h1>{{ w.title }}</h1>
{% if part == "embed" %}
{% call consent_embed("cartolane", title=w.map, link="https://cartolane.example/map") %}
<iframe></iframe>{% endcall %}
{% endif %}
{% for _ in range(8) %}<p>{{ w.text * 3 }}</p>{% endfor %}</main>
<footer>{{ consent_link() }}</footer></body></html>"""


def _policy(language: str) -> Policy:
    """Every kind of service, in the words of ``language``."""
    w = WORDS[language]
    third: dict[str, Any] = {"party": "third", "countries": ["US"]}
    return Policy(
        [
            Service(
                w["account"],
                id="account",
                category="necessary",
                provider=w["city"],
                cookies=[Cookie("sessionid", purpose=w["signed"], duration="2 weeks")],
            ),
            Service(
                w["visits"],
                id="visits",
                category="statistics",
                provider=w["city"],
                purpose=w["counts"],
                exempt=Exemption(w["why"]),
                cookies=[Cookie("_pk_id*", purpose=w["counts"], duration="13 months")],
            ),
            Service(
                "Tallymark",
                category="statistics",
                provider="Tallymark Insights",
                cookies=[Cookie("_tm_visit", purpose=w["ways"], duration="1 year")],
                **third,
            ),
            Service(
                "Lanternfish",
                category="marketing",
                provider="Lanternfish Media",
                policy_url="https://lanternfish.example/privacy",
                cookies=[Cookie("lf_uid", purpose=w["ads"], duration="90 days")],
                **third,
            ),
            Service(
                w["maps"],
                id="cartolane",
                category="functional",
                provider="Cartolane",
                policy_url="https://cartolane.example/privacy",
                cookies=[Cookie("cl_view", purpose=w["shows"], duration="session")],
                **third,
            ),
        ],
        controller=w["city"],
        language=language,
    )


@cache
def _app(part: str, theme: str, language: str) -> Flask:
    app = Flask(f"{part}-{theme}-{language}")
    asks = part in PLACEMENTS
    app.register_blueprint(
        CookieConsent(
            _policy(language),
            placement=part if asks else PLACEMENTS[0],
            theme=theme,
            first_layer=asks,
        )
    )
    direction = "rtl" if language == "he" else "ltr"

    @app.get(f"/{part}")
    def page() -> str:
        return render_template_string(
            PAGE, w=WORDS[language], language=language, direction=direction, part=part
        )

    @app.after_request
    def styled(response: Response) -> Response:
        if response.mimetype == "text/html":
            response.set_data(response.get_data(as_text=True).replace("</head>", f"{HEAD}</head>"))
        return response

    return app


def _font(name: str, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "font/woff2"), ("Cache-Control", "max-age=3600")])
    return [(FONT / name).read_bytes()]


def site(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """All the apps as one WSGI app: ``/PART/THEME/LANGUAGE/...``, and the font under ``/font/``."""
    first, *rest = environ["PATH_INFO"].removeprefix("/").split("/")
    if first == "font":
        return _font(rest[0], start_response)
    theme, language, *rest = rest
    inner = environ | {
        "SCRIPT_NAME": f"/{first}/{theme}/{language}",
        "PATH_INFO": f"/{'/'.join(rest)}",
    }
    return _app(first, theme, language)(inner, start_response)
