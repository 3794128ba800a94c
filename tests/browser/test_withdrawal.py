"""What is withdrawn is gone, wherever it lives (W2; R34, R38, R71).

The jar is read by DevTools, which sees HttpOnly cookies and every path and domain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from flask_cookie_consent import Cookie, Service
from tests.policy.test_policy import PATTERNS
from tests.site import make_app, policy, services, site_of

from .signs import confirmed, gated, note

HOST = "portal.data.merival.example"
LIMIT = 4096

#: Twelve variants of cookies that two services will not be allowed to keep.
VARIANTS = (
    "_ins=host-only; Path=/; Secure",
    f"_ins=own; Path=/; Secure; Domain={HOST}",
    "_ins=parent; Path=/; Secure; Domain=data.merival.example",
    "_ins=site; Path=/; Secure; Domain=merival.example",
    "_ins=shop; Path=/shop; Secure",
    "_ins=shop-site; Path=/shop; Secure; Domain=merival.example",
    "_ad_httponly=1; Path=/; Secure; HttpOnly",
    "_ad_insecure=1; Path=/; HttpOnly; SameSite=Strict",
    "_ad_apart=1; Path=/; Secure; SameSite=None; Partitioned",
    "_ad_apart=together; Path=/; Secure; SameSite=None",
    "_ad_lasting.1.ab12=1; Path=/; Secure; Max-Age=86400",
    "_ad_deep=1; Path=/shop/cart; Secure; HttpOnly",
)
#: Necessary, undeclared, and of a service that stays allowed.
OTHERS = (
    "sessionid=1; Path=/; Secure; HttpOnly",
    "mystery=1; Path=/; Secure; Domain=merival.example",
    "vid=1; Path=/; Secure",
    "vid=shop; Path=/shop; Secure",
)


class Site:
    """The tests' site, with ``/plant``, which sets ``cookies`` past every gate; it keeps count of
    what responses expire."""

    def __init__(self, **options: Any) -> None:
        self.app = make_app(
            "<main><h1>Open data</h1></main>"
            + gated("ads", note("ads"))
            + gated("insight", note("x")),
            policy_=policy(**options.pop("policy", {})),
            **options,
        )
        for path in ("/shop/", "/shop/cart/"):
            self.app.add_url_rule(path, path, self.app.view_functions["index"])
        self.cookies: Iterable[str] = ()
        self.largest = 0
        self.most = 0

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if environ["PATH_INFO"] == "/plant":
            start_response("200 OK", [("Set-Cookie", cookie) for cookie in self.cookies])
            return [b"planted"]

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            lines = [v for k, v in headers if k == "Set-Cookie" and "Max-Age=0" in v]
            self.largest = max(self.largest, sum(len(f"Set-Cookie: {v}\r\n") for v in lines))
            self.most = max(self.most, len(lines))
            return start_response(status, headers, *rest)

        return self.app(environ, start)


def jar(browser: Any) -> list[str]:
    """What is in the jar besides the consent cookie, as name and value."""
    return sorted(
        f"{c['name']}={c['value']}" for c in browser.all_cookies if c["name"] != "consent"
    )


def plant(browser: Any, url: str, site: Site, cookies: Iterable[str]) -> None:
    site.cookies = cookies
    browser.get(f"{url}/plant")


def withdraw(browser: Any, *names: str) -> None:
    """Takes back what was allowed, by the dialog."""
    browser.click("Cookie settings", "footer")
    browser.until(lambda: browser.dialog)
    for name in names:
        browser.click(name, "#fcc-dialog")
    browser.click("Save my choice", "#fcc-dialog")


def left(cookies: Iterable[str]) -> list[str]:
    return sorted(cookie.partition(";")[0] for cookie in cookies)


def accept(browser: Any, url: str) -> None:
    browser.get(url)
    browser.click("Accept all")
    confirmed(browser)


def visit_shop(browser: Any, url: str, expected: list[str]) -> None:
    """Page views until the jar is as expected. Two do it nearly always: all places of one cookie do
    not fit into a response here, and chance draws those that are left out."""
    for _ in range(8):
        browser.get(f"{url}/shop/cart/")
        if jar(browser) == expected:
            return
    assert jar(browser) == expected


def test_twelve_variants_go_and_everything_else_stays(trusting, serve, tls):
    site = Site()
    url = serve(site, tls=tls, host=HOST).url
    accept(trusting, url)
    plant(trusting, url, site, [*VARIANTS, *OTHERS])
    assert jar(trusting) == left([*VARIANTS, *OTHERS])
    trusting.get(url)
    withdraw(trusting, "Details: Statistics", "Insight", "Advertising")
    deeper = [c for c in VARIANTS if "Path=/shop" in c]
    trusting.until(lambda: jar(trusting) == left([*deeper, *OTHERS]), str(jar(trusting)))
    visit_shop(trusting, url, left(OTHERS))
    assert 0 < site.largest <= LIMIT


def test_without_javascript_they_go_too(trusting, serve, tls):
    site = Site()
    url = serve(site, tls=tls, host=HOST).url
    accept(trusting, url)
    plant(trusting, url, site, [*VARIANTS, *OTHERS])
    trusting.scripts(False)
    trusting.get(url)
    trusting.click("Cookie settings", "footer")
    trusting.click("Statistics")  # all of it is on: its services have no boxes of their own
    trusting.click("Advertising")
    trusting.click("Save my choice")
    trusting.until(lambda: trusting.driver.current_url == f"{url}/")
    visit_shop(trusting, url, left(OTHERS))


def many(count: int) -> list[str]:
    """As many cookies of a refused service, in different places."""
    places = ("", "; Domain=merival.example", "; Domain=data.merival.example", "; HttpOnly")
    return [f"_ad_{n}=1; Path=/; Secure{places[n % 4]}" for n in range(count)]


#: Chromium keeps 180 cookies a registrable domain (and more for a moment): what it keeps of 200.
MANY = 200


def plant_many(browser: Any, url: str, site: Site) -> None:
    """Accepts afterwards: the oldest cookies have to go when there are too many."""
    for start in range(0, MANY, 50):
        plant(browser, url, site, many(MANY)[start : start + 50])
    accept(browser, url)


def test_very_many_go_at_once_and_no_response_grows_too_large(trusting, serve, tls):
    site = Site()
    url = serve(site, tls=tls, host=HOST).url
    plant_many(trusting, url, site)
    assert len(jar(trusting)) >= 140
    # Scripts see three of four, and expire those by themselves; the server has to do the rest.
    withdraw(trusting, "Advertising")
    trusting.until(lambda: jar(trusting) == [], f"{len(jar(trusting))} are left", 30)
    assert 0 < site.largest <= LIMIT
    assert trusting.driver.current_url == f"{url}/"


def test_very_many_go_on_later_pages_without_javascript(trusting, serve, tls):
    site = Site()
    url = serve(site, tls=tls, host=HOST).url
    plant_many(trusting, url, site)
    trusting.scripts(False)
    trusting.get(f"{url}/consent/preferences")
    trusting.click("Reject all")
    views = 0
    while jar(trusting):
        trusting.get(f"{url}/other")
        views += 1
        assert views < 60
    assert 0 < site.largest <= LIMIT


def test_a_refusal_removes_what_was_there_before_the_banner(trusting, serve, tls):
    """R34"""
    site = Site()
    url = serve(site, tls=tls, host=HOST).url
    plant(trusting, url, site, [*VARIANTS[:4], *VARIANTS[6:10], "sessionid=1; Path=/"])
    trusting.get(url)
    trusting.click("Reject all")
    trusting.until(lambda: jar(trusting) == ["sessionid=1"], str(jar(trusting)))


def test_matomo_leaves_every_subdomain_of_a_portal(trusting, serve, tls):
    """A portal on several hosts, whose statistics count visits of each and of all."""
    site = Site(policy={"cookie_domain": "merival.example"})
    server = serve(site, tls=tls, host="www.merival.example")
    hosts = {
        name: f"https://{name}.merival.example:{server.port}" for name in ("www", "data", "api")
    }
    accept(trusting, hosts["www"])
    for name, url in hosts.items():
        plant(trusting, url, site, [f"_pk_id.1.{name}=1; Path=/; Secure", "sessionid=1; Path=/"])
    plant(trusting, hosts["www"], site, [
        "_pk_id.7.all=1; Path=/; Secure; Domain=merival.example",
    ])  # fmt: skip
    trusting.get(hosts["www"])
    withdraw(trusting, "Details: Statistics", "Matomo")
    at_once = ["_pk_id.1.api=1", "_pk_id.1.data=1", *["sessionid=1"] * 3]
    trusting.until(lambda: jar(trusting) == at_once, str(jar(trusting)))
    for name in ("data", "api"):
        trusting.get(hosts[name])
        assert not trusting.banner
    trusting.until(lambda: jar(trusting) == ["sessionid=1"] * 3, str(jar(trusting)))


# -- Other storage ----------------------------------------------------------------------------


def storing() -> list[Service]:
    kinds = ("localStorage", "sessionStorage", "IndexedDB", "CacheStorage")
    keeps = [Cookie(name, purpose="x", storage=kind) for kind in kinds for name in ("seen", "s_*")]
    needs = [Cookie("s_cart", purpose="x", storage=kind) for kind in kinds]
    return [
        *services(),
        Service("Replay", category="marketing", cookies=keeps),
        Service("Cart", category="necessary", cookies=needs),
    ]


FILL = """const done = arguments[0]; (async () => {
  for (const name of ["seen", "s_1", "s_cart", "other"]) {
    localStorage[name] = sessionStorage[name] = 1;
    await new Promise((go) => { const r = indexedDB.open(name);
      r.onsuccess = () => { r.result.close(); go(); }; });
    await caches.open(name);
  }
})().then(done);"""

LOOK = """const done = arguments[0]; (async () => ({
  localStorage: Object.keys(localStorage).sort(),
  sessionStorage: Object.keys(sessionStorage).sort(),
  IndexedDB: (await indexedDB.databases()).map((d) => d.name).sort(),
  CacheStorage: (await caches.keys()).sort() }))().then(done);"""


def test_other_storage_is_cleared_by_name_and_by_pattern(browser, serve):
    site = serve(Site(policy={"services": storing()}))
    accept(browser, site.url)
    browser.driver.execute_async_script(FILL)
    withdraw(browser, "Details: Advertising", "Replay")
    kinds = ("localStorage", "sessionStorage", "IndexedDB", "CacheStorage")
    kept = {kind: ["other", "s_cart"] for kind in kinds}
    browser.until(lambda: browser.driver.execute_async_script(LOOK) == kept)


#: A tag that writes all the time, and once more as the page goes.
RESTLESS = """<script>
  const write = () => {
    document.cookie = "_ad_seen=1; path=/";
    localStorage.seen = sessionStorage.seen = 1;
  };
  write();
  setInterval(write, 5);
  addEventListener("pagehide", write);
  (window.ran ||= []).push("restless");
</script>"""


@pytest.mark.parametrize("how", ["reload", "link"])
def test_what_a_running_script_writes_again_goes_with_the_page(browser, serve, how):
    keeps = [Cookie("seen", purpose="x", storage=s) for s in ("localStorage", "sessionStorage")]
    own = policy(services=[*services(), Service("Replay", category="marketing", cookies=keeps)])
    site = serve(make_app(gated("replay", RESTLESS) + "<a href=/other>On</a>", policy_=own))
    browser.get(site.url)
    browser.click("Accept all")
    browser.until(lambda: "restless" in browser.ran)
    confirmed(browser)
    browser.js("cookieConsent.reject()")
    browser.until(lambda: browser.find("#fcc-reload button"))
    assert browser.js("localStorage.seen"), "it writes on"
    browser.js("(window.before = true)")
    browser.click(*(("Reload the page", "#fcc-reload") if how == "reload" else ("On",)))
    browser.until(lambda: browser.js("!window.before && !!window.cookieConsent"))
    # The page before may go in a process of its own, while this one is there already.
    browser.until(lambda: browser.js("[localStorage.seen, sessionStorage.seen]") == [None, None])
    browser.until(lambda: "_ad_seen" not in browser.cookies)


# -- The offer to reload ----------------------------------------------------------------------


def test_who_withdraws_is_offered_to_reload(browser, serve):
    site = serve(Site())
    accept(browser, site.url)
    browser.until(lambda: "x" in browser.ran)
    withdraw(browser, "Advertising")
    browser.until(lambda: browser.find("#fcc-reload button"))
    assert "stops when you reload" in browser.one("#fcc-reload").text
    browser.js("(window.stayed = true)")
    browser.click("Close", "#fcc-reload")
    assert not browser.find("#fcc-reload")
    withdraw(browser, "Details: Statistics", "Insight")
    browser.click("Reload the page", "#fcc-reload")
    browser.until(lambda: browser.js("!window.stayed"))
    browser.until(lambda: browser.js("!!window.cookieConsent"))
    assert not browser.find("#fcc-reload")


@pytest.mark.parametrize("why", ["first refusal", "more was allowed", "switched off"])
def test_nobody_else_is(browser, serve, why):
    site = serve(Site(offer_reload=why != "switched off"))
    browser.get(site.url)
    if why == "first refusal":
        browser.click("Reject all")
    elif why == "more was allowed":
        browser.click("Reject all")
        withdraw(browser, "Advertising")  # it ticks the box
    else:
        browser.click("Accept all")
        withdraw(browser, "Advertising")
    browser.until(lambda: site.requests("/consent/clear"))
    confirmed(browser)
    browser.js("document.querySelector('footer').id = 'seen'")
    assert not browser.find("#fcc-reload")


def test_without_the_second_script_the_choice_holds_and_the_server_expires(trusting, serve, tls):
    site = Site()
    url = serve(site, tls=tls, host=HOST).url
    accept(trusting, url)
    plant(trusting, url, site, [*VARIANTS[:4], *OTHERS[:2]])
    trusting.cdp("Network.setBlockedURLs", urls=["*/consent/more-*"])
    try:
        trusting.get(url)
        trusting.js("cookieConsent.reject()")
        trusting.until(lambda: jar(trusting) == left(OTHERS[:2]), str(jar(trusting)))
    finally:
        trusting.cdp("Network.setBlockedURLs", urls=[])


def test_every_site_has_the_clean_up() -> None:
    """The names that scripts clear are those of the policy, patterns included."""
    app = make_app(policy_=policy(services=storing()))
    script = site_of(app).assets.more.body.decode()
    assert re.search(r'\["sessionStorage","s_\*",0,0,"replay"\]', script)


# -- Patterns ---------------------------------------------------------------------------------

#: Names that are long, with patterns of many stars: what tries every way to share such a name
#: among the stars does not come to an end.
LONG = [
    ("*a*a*a*a*a*a*a*b", "a" * 4000, False),
    ("*a*a*a*a*a*a*a*b", "a" * 3999 + "b", True),
    ("a*a*a*a*a*a*a*c*", "a" * 4000, False),
]


def test_the_script_understands_patterns_as_the_server_does(browser, serve):
    """W2: also long ones, in linear time."""
    cases = [(f"{n}.{p}", f"{n}.{name}", fits) for n, (p, name, fits) in enumerate(PATTERNS + LONG)]
    stores = [
        Cookie(pattern, purpose="x", duration="1 year", storage="localStorage")
        for pattern, _, _ in cases
    ]
    shop = Service("Shop", category="marketing", provider="ShopCo", cookies=stores)
    browser.get(serve(make_app(policy_=policy(services=[*services(), shop]))).url)
    browser.js(
        "arguments[0].forEach((name) => (localStorage[name] = 1))",
        [*(name for _, name, _ in cases), "last"],
    )
    browser.click("Reject all")
    confirmed(browser)
    expected = [*sorted(name for _, name, fits in cases if not fits), "last"]
    browser.until(lambda: browser.js("Object.keys(localStorage).sort()") == expected)
