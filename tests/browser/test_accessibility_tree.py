"""What a screen reader is given: names, roles, states (A2, A4; R90 to R93).

WCAG 2.2, 4.1.2 (name, role, value), 4.1.3 (status messages), 1.3.1 (tables), 2.5.3 (label in name).
"""

from __future__ import annotations

import pytest

from flask_cookie_consent import (
    UNITED_KINGDOM,
    UNITED_STATES,
    Exemption,
    Service,
    by_country,
    requires_consent,
)
from tests.browser.axtree import Node, named, nodes, of_role, read
from tests.browser.test_accessibility import PAGE
from tests.site import make_app, policy, services
from tests.web.test_embeds import call

BUTTONS = [("button", "Accept all"), ("button", "Reject all")]
LINKS = [("link", "Customise"), ("link", "Cookie policy")]
IN_BRITAIN = by_country({"GB": UNITED_KINGDOM}, lambda request: "GB")
BOXES = ("Optional features", "Statistics", "Advertising")


@pytest.fixture
def site(serve):
    return serve(make_app(PAGE))


def show(browser, url: str) -> None:
    browser.get(url)
    browser.until(lambda: browser.js("!!window.cookieConsent"))


def open_dialog(browser, url: str) -> None:
    show(browser, url)
    browser.js("cookieConsent.show()")
    browser.until(lambda: browser.dialog)


def without_consent() -> list[Service]:
    """Services of which none asks: one can only be objected to."""
    return [s for s in services() if s.id in ("session", "matomo")]


# -- The first layer --------------------------------------------------------------------------


def test_the_first_layer_is_a_region_that_says_and_offers_everything(browser, site):
    """R90: no dialog, since the page behind it can be used."""
    show(browser, site.url)
    region = nodes(browser, "#fcc")[0]
    assert region.said == ("region", "We use cookies.")
    assert "modal" not in region.state
    assert of_role(browser, "#fcc", "button", "link") == BUTTONS + LINKS
    # A space is not listed where a line breaks.
    assert read(browser, "#fcc .fcc-t").replace(" ", "").strip() == (
        "We use cookies. With your consent, Example City uses cookies for these purposes: "
        "Optional features · Statistics · Advertising. "
        "Third parties: Insight Inc., AdCo, and VideoCo. "
        "You can change your mind at any time under “Cookie settings”."
    ).replace(" ", "")


def matomo(regime: str) -> list[Service]:
    """Services of which Matomo is exempt in one regime."""
    exempt = Exemption("Anonymised statistics", regimes=[regime])
    own = Service("Matomo", category="statistics", purpose="Counts visits", exempt=exempt)
    return [s for s in services() if s.id != "matomo"] + [own]


def test_who_is_told_and_asked_hears_both(browser, serve):
    """In the United Kingdom some services run until one objects: the layer names them."""
    site = serve(make_app(PAGE, policy_=policy(services=matomo("gb")), regime=IN_BRITAIN))
    show(browser, site.url)
    browser.until(lambda: browser.banner)
    assert nodes(browser, "#fcc")[0].said == ("region", "We use cookies.")
    assert of_role(browser, "#fcc", "button", "link") == BUTTONS + LINKS
    assert "Without your consent, until you object: Matomo." in read(browser, "#fcc .fcc-t")


def test_who_is_only_told_hears_so(browser, serve):
    quiet = [s for s in matomo("gb") if s.id in ("session", "matomo")]
    site = serve(make_app(PAGE, policy_=policy(services=quiet), regime=IN_BRITAIN))
    show(browser, site.url)
    browser.until(lambda: browser.banner)
    assert of_role(browser, "#fcc", "button", "link") == BUTTONS + LINKS
    text = read(browser, "#fcc .fcc-t")
    assert "We use cookies that need no consent." in text
    assert "With your consent" not in text


def test_where_nobody_is_asked_the_link_says_what_the_law_wants_and_its_icon_nothing(
    browser, serve
):
    """11 CCR 7015: "Your Privacy Choices" with an icon, which is decoration."""
    site = serve(make_app(PAGE, regime=UNITED_STATES))
    show(browser, site.url)
    assert not browser.find("#fcc")
    [(role, name)] = of_role(browser, "footer", "link", "image")
    assert (role, name.strip()) == ("link", "Your Privacy Choices")


# -- The link that opens the preferences ------------------------------------------------------


def test_the_link_to_the_preferences_is_a_plain_link(browser, site):
    """It leads to a page, and to a dialog only if the script can be had: the dialog says itself
    what it is. ``aria-haspopup`` would be a promise that the markup cannot keep."""
    show(browser, site.url)
    for where, name in (("footer", "Cookie settings"), ("#fcc", "Customise")):
        link = named(browser, "link", name, where)
        assert "hasPopup" not in link.state
        assert link.state["url"] == f"{site.url}/consent/preferences?language=en"
    browser.scripts(False)
    browser.click("Cookie settings", "footer")
    browser.until(lambda: browser.find("#fcc-content"))
    assert named(browser, "heading", "Cookie settings").state["level"] == 1


# -- The preferences --------------------------------------------------------------------------


def checks(browser, where: str) -> dict[str, Node]:
    return {n.name: n for n in nodes(browser, where) if n.role == "checkbox"}


def test_the_preferences_are_a_modal_dialog_named_by_its_heading(browser, site):
    """R91: it is all that there is while it is open; focus begins at its heading."""
    open_dialog(browser, site.url)
    dialog = nodes(browser, "#fcc-dialog")[0]
    assert dialog.said == ("dialog", "Cookie settings")
    assert dialog.state["modal"] is True
    heading = named(browser, "heading", "Cookie settings", "#fcc-dialog")
    assert heading.state["level"] == 2
    assert heading.state["focused"] is True
    for behind in ("header", "main", "footer", "#fcc"):
        assert nodes(browser, behind) == [], behind
    assert of_role(browser, "#fcc-dialog", "button") == [
        ("button", "Close"), ("button", "Save my choice"), *BUTTONS,
    ]  # fmt: skip


def test_every_box_says_its_service_what_it_is_for_and_whether_it_is_on(browser, site):
    """R92: in groups of categories; what is always on has no box that could not be unticked."""
    open_dialog(browser, site.url)
    assert of_role(browser, "#fcc-dialog", "group", "checkbox") == [
        ("group", "Optional features"), ("checkbox", "Optional features"), ("group", ""),
        ("group", "Statistics"), ("checkbox", "Statistics"), ("group", ""),
        ("group", "Advertising"), ("checkbox", "Advertising"), ("group", ""),
        ("group", ""),
    ]  # fmt: skip
    browser.click("Details: Statistics", "#fcc-dialog")
    found = checks(browser, "#fcc-dialog")
    assert list(found) == ["Optional features", "Statistics", "Matomo", "Insight", "Advertising"]
    assert [box.state["checked"] for box in found.values()] == [
        "false", "mixed", "true", "false", "false",
    ]  # fmt: skip
    assert not any(node.state.get("disabled") for node in found.values())
    assert found["Optional features"].description.endswith("VideoCo Plays videos")
    assert found["Statistics"].description.endswith("used and how. Matomo and Insight")
    assert found["Insight"].description == "Insight Inc. Follows visits"
    assert found["Matomo"].description == (
        "Counts visits Needs no consent: Anonymised audience measurement. You can object by "
        "unticking the box."
    )
    named(browser, "DisclosureTriangle", "Necessary (2) Always on", "#fcc-dialog")


def test_a_services_purpose_is_the_description_of_its_box(browser, serve):
    ads = Service("Ads", category="marketing", provider="AdCo", purpose="Shows advertising")
    open_dialog(browser, serve(make_app(policy_=policy(services=[ads]))).url)
    assert checks(browser, "#fcc-dialog")["Advertising"].description == (
        "Recognises you across sites to show and measure advertising. AdCo Shows advertising"
    )


def test_a_category_that_is_partly_on_is_mixed(browser, site):
    open_dialog(browser, site.url)

    def whole() -> object:
        return checks(browser, "#fcc-dialog")["Statistics"].state["checked"]

    assert whole() == "mixed"
    browser.click("Details: Statistics", "#fcc-dialog")
    browser.click("Insight", "#fcc-dialog")
    assert whole() == "true"
    browser.click("Insight", "#fcc-dialog")
    browser.click("Matomo", "#fcc-dialog")
    assert whole() == "false"


def test_details_say_whose_they_are_and_whether_they_are_open(browser, site):
    open_dialog(browser, site.url)
    summary = named(browser, "DisclosureTriangle", "Details : Advertising", "#fcc-dialog")
    assert summary.state["expanded"] is False
    assert "_ad*" not in read(browser, "#fcc-dialog")
    browser.js("[...document.querySelectorAll('#fcc-dialog summary')].at(-2).focus()")
    browser.press("enter")
    summary = named(browser, "DisclosureTriangle", "Details : Advertising", "#fcc-dialog")
    assert summary.state["expanded"] is True
    text = read(browser, "#fcc-dialog")
    assert "Shows advertising" in text
    assert "_ad* (all names that match this pattern)" in text


def test_opting_in_again_is_a_box_that_says_why(browser, serve):
    """11 CCR 7028(a). Without it nothing happens but that the focus goes there."""
    site = serve(make_app(PAGE, regime=UNITED_STATES))
    open_dialog(browser, site.url)
    browser.click("Reject all", "#fcc-dialog")
    browser.until(lambda: (browser.consent_cookie or "   ")[2] == "c")
    open_dialog(browser, site.url)
    browser.click("Accept all", "#fcc-dialog")
    name = "You opted out of the sale or sharing of your data. Tick this too to opt in again."
    box = named(browser, "checkbox", name, "#fcc-dialog")
    assert box.state["focused"] is True
    assert box.state["checked"] == "false"


def test_without_scripts_the_page_says_the_same(browser, site):
    browser.scripts(False)
    browser.get(f"{site.url}/consent/preferences")
    assert of_role(browser, "body", "main", "heading", "button") == [
        ("main", ""), ("heading", "Cookie settings"), ("button", "Save my choice"), *BUTTONS,
    ]  # fmt: skip
    found = checks(browser, "#fcc-content")
    assert list(found) == list(BOXES)
    assert found["Statistics"].state["checked"] == "false"
    browser.click("Details: Statistics")
    found = checks(browser, "#fcc-content")
    assert found["Matomo"].state["checked"] == "true"
    assert found["Insight"].description == "Insight Inc. Follows visits"
    groups = [name for _, name in of_role(browser, "#fcc-content", "group") if name]
    assert groups == list(BOXES)


# -- The outcome ------------------------------------------------------------------------------

#: Notes, when the status gets its text, whether the dialog was closed long enough before.
WATCH = """
window.heard = [];
addEventListener("close", (e) => requestAnimationFrame(() => { window.over = e.type }), true);
const status = document.getElementById("fcc-status");
new MutationObserver(() => status.textContent && heard.push([status.textContent, window.over]))
  .observe(status, { childList: true });
"""
SAVED = "Your choice has been saved."


@pytest.mark.parametrize("answer", ["Accept all", "Reject all"])
def test_the_outcome_is_a_polite_status_that_was_there_before(browser, site, answer):
    """4.1.3, R93."""
    show(browser, site.url)
    before = nodes(browser, "#fcc-status")[0]
    assert before.said == ("status", "")
    assert (before.state["live"], before.state["atomic"]) == ("polite", True)
    assert read(browser, "#fcc-status") == ""
    browser.click(answer)
    browser.until(lambda: read(browser, "#fcc-status") == SAVED)


@pytest.mark.parametrize("button", ["Save my choice", "Accept all", "Reject all"])
def test_after_the_dialog_the_outcome_comes_once_the_page_is_there_again(browser, site, button):
    """What a status holds as it stops being inert is no change to it, and is not read out."""
    open_dialog(browser, site.url)
    browser.driver.execute_script(WATCH)
    browser.click(button, "#fcc-dialog")
    browser.until(lambda: browser.js("heard.length"))
    assert browser.js("heard") == [[SAVED, "close"]]
    assert read(browser, "#fcc-status") == SAVED


@pytest.mark.parametrize("case", ["nothing asks", "no first layer", "opt-out"])
def test_the_outcome_is_said_where_there_is_no_first_layer_too(browser, serve, case):
    """A4: the dialog brings the status, unseen, before anything is to be said."""
    app = {
        "nothing asks": lambda: make_app(PAGE, policy_=policy(services=without_consent())),
        "no first layer": lambda: make_app(PAGE, first_layer=False),
        "opt-out": lambda: make_app(PAGE, regime=UNITED_STATES),
    }[case]()
    site = serve(app)
    open_dialog(browser, site.url)
    assert not browser.find("#fcc")
    browser.driver.execute_script(WATCH)
    browser.click("Reject all", "#fcc-dialog")
    browser.until(lambda: browser.js("heard.length"))
    status = nodes(browser, "#fcc-status")[0]
    assert (status.role, status.state["live"]) == ("status", "polite")
    assert read(browser, "#fcc-status") == SAVED
    assert (
        browser.js("getComputedStyle(document.getElementById('fcc-status')).clipPath")
        == "inset(50%)"
    )
    browser.js("cookieConsent.show()")
    browser.until(lambda: browser.dialog)
    assert len(browser.find("#fcc-status")) == 1


# -- Embeds, policy, and the page that needs consent ------------------------------------------


def test_a_placeholder_says_what_it_stands_for_and_whose_it_is(browser, serve):
    film = call("video", title="A film", link="https://video.example/watch")
    show(browser, serve(make_app(f"<main>{film}</main>")).url)
    browser.until(lambda: browser.one(".fcc-e [type=button]").is_displayed())
    assert of_role(browser, ".fcc-e", "group", "button", "link", "DisclosureTriangle") == [
        ("group", "A film"),
        ("group", ""),
        ("DisclosureTriangle", "Details : Video"),
        ("button", "Load this one : A film"),
        ("button", "Always allow Video"),
        ("link", "Open at VideoCo"),
        ("link", "Cookie settings"),
    ]
    assert "This content comes from VideoCo." in read(browser, ".fcc-e")


@pytest.mark.parametrize("width", [1280, 320])
def test_the_policys_tables_have_names_and_headers_at_every_width(browser, site, width):
    """1.3.1: at 320 px too, where each row is a block, and each cell says its column itself."""
    browser.window(width, 800)
    browser.get(f"{site.url}/consent/policy")
    assert of_role(browser, "main", "table") == [
        ("table", name) for name in ("Necessary", "Optional features", "Statistics", "Advertising")
    ]
    [*_, table] = browser.find("table")
    browser.js("arguments[0].id = 'last'", table)
    columns = ["Provider", "Function and location", "Name", "Purpose", "Duration", "Party"]
    assert of_role(browser, "#last", "columnheader") == [("columnheader", c) for c in columns]
    [(_, header)] = of_role(browser, "#last", "rowheader")
    cells = [name for _, name in of_role(browser, "#last", "cell")]
    shown = [header, *cells]
    if width == 320:
        assert [s.partition(":")[0] for s in shown] == columns
    assert "AdCo" in header
    assert "Shows advertising" in cells[2]
    assert len(of_role(browser, "#last", "row")) == 2
    regions = [n for n in nodes(browser, "main") if n.role == "region"]
    assert all(n.name and n.state["focusable"] for n in regions)  # they scroll, by keyboard too


def test_a_page_that_needs_consent_says_so_and_offers_it(browser, serve):
    app = make_app(PAGE)
    app.add_url_rule("/video", view_func=requires_consent("video")(lambda: "The film"))
    browser.get(f"{serve(app).url}/video")
    assert browser.driver.title.startswith("This page needs your consent")
    assert of_role(browser, "body", "main", "heading", "button", "link") == [
        ("main", ""),
        ("heading", "This page needs your consent"),
        ("button", "Allow and continue"),
        ("link", "Cookie settings"),
        ("link", "Back to the site"),
    ]
    assert "It uses: Video." in read(browser, "main")


def test_the_receipt_is_a_link_that_says_so(browser, serve, tmp_path):
    """Where records are kept, beside the date of the choice."""
    site = serve(make_app(PAGE, records=f"sqlite:///{tmp_path}/records.db"))
    show(browser, site.url)
    browser.click("Accept all")
    browser.until(lambda: (browser.consent_cookie or "   ")[2] == "c")
    open_dialog(browser, site.url)
    link = named(browser, "link", "Download your receipt", "#fcc-dialog")
    assert link.state["url"] == f"{site.url}/consent/receipt"


# -- Label in name ----------------------------------------------------------------------------

#: The visible words of controls.
VISIBLE = """[...document.querySelectorAll(arguments[0])]
.filter((e) => e.checkVisibility()).map((e) => {
  const copy = e.cloneNode(true);
  copy.querySelectorAll(".fcc-vh").forEach((hidden) => hidden.remove());
  return copy.textContent.trim().replace(/\\s+/g, " ");
})"""


@pytest.mark.parametrize("language", ["en", "fr", "ar", "ja"])
def test_names_begin_with_the_words_that_are_seen(browser, serve, language):
    """2.5.3: who speaks to the browser says what stands there. "×" is a sign, not words."""
    film = call("video", title="A film")
    site = serve(make_app(f"<main>{film}</main>", language=lambda: language))
    show(browser, site.url)
    browser.until(lambda: browser.one(".fcc-e [type=button]").is_displayed())
    for where in ("#fcc", ".fcc-e", "#fcc-dialog"):
        if where == "#fcc-dialog":
            browser.js("cookieConsent.show()")
            browser.until(lambda: browser.dialog)
        seen = browser.js(
            VISIBLE, ", ".join(f"{where} {tag}" for tag in ("button", "a", "summary"))
        )
        names = [
            name for _, name in of_role(browser, where, "button", "link", "DisclosureTriangle")
        ]
        assert len(seen) == len(names) > 0
        for label, name in zip(seen, names, strict=True):
            assert label == "×" or name.startswith(label), (label, name)
            assert name
