"""What the portal stores on its visitors' devices, and why.

One ``Service`` is one row of the policy that visitors read: who provides it, what it does and
where, which cookies it uses, for what and for how long. ``Policy(...)`` checks all of it when
the application starts, and says everything that is wrong at once.
"""

from __future__ import annotations

from datetime import date, timedelta

from flask_cookie_consent import Cookie, Exemption, Policy, Service

CITY = "City of Merival"

SESSION_COOKIE = "sessionid"
SESSION_LIFETIME = timedelta(weeks=2)

LANGUAGE_COOKIE = "django_language"
LANGUAGE_LIFETIME = timedelta(days=365)

FRONT_AND_BACK = "front and back office"
FRONT = "front office"

# What a visitor asks for is necessary, and runs without a question.

SESSION = Service(
    "Session",
    id="session",  # ids are what templates and views say; a changed id asks visitors again
    category="necessary",
    provider=CITY,
    function="Authentication",
    location=FRONT_AND_BACK,
    cookies=[
        Cookie(
            SESSION_COOKIE,
            purpose="Keeps you signed in from one page to the next",
            duration=SESSION_LIFETIME,
            http_only=True,
        )
    ],
)

LANGUAGE = Service(
    "Language",
    id="language",
    category="necessary",
    provider=CITY,
    function="Language selection",
    location=FRONT_AND_BACK,
    cookies=[
        Cookie(
            LANGUAGE_COOKIE,
            purpose="Remembers the language you chose",
            duration=LANGUAGE_LIFETIME,
        )
    ],
)

# Statistics that cannot be traced to a person may run without consent where the law says so.
# They are listed all the same, and a visitor can object.

AUDIENCE = Service(
    # Every text can be given by language. One that is in the policy's own language alone is shown
    # as it is on pages in others.
    {"en": "Visit statistics", "fr": "Statistiques de visite"},
    id="audience",
    category="statistics",
    provider=CITY,
    function={"en": "Anonymised statistics", "fr": "Statistiques anonymisées"},
    location=FRONT,
    purpose={
        "en": "Counts how often each page is read, on our own servers",
        "fr": "Compter les lectures de chaque page, sur nos propres serveurs",
    },
    exempt=Exemption(
        {
            "en": "the figures are anonymised, and serve this site alone",
            "fr": "les chiffres sont anonymisés et ne servent qu’à ce site",
        }
    ),
    cookies=[
        Cookie("_pk_id*", purpose="Tells new visits from returning ones", duration="13 months"),
        Cookie("_pk_ses*", purpose="Keeps the pages of one visit together", duration="30 minutes"),
    ],
)


def portal_policy(third_parties: str) -> Policy:
    """The policy of the portal.

    :param third_parties: the origin that other companies' scripts come from. Your own policy
        has their addresses here, and can then be a plain module-level value.
    """
    tallymark = Service(
        "Tallymark",
        id="tallymark",
        category="statistics",
        provider="Tallymark Insights",
        party="third",
        function="Usage statistics",
        location=FRONT,
        purpose="Shows us which ways visitors take through the portal",
        policy_url=f"{third_parties}/tallymark/privacy",
        countries=["IE", "US"],
        origins=[third_parties],
        cookies=[
            # Its script writes this one in our name: ours by place, not by purpose.
            Cookie("_tm_visit", purpose="Recognises a visit", duration="1 year", party="first"),
            Cookie(
                "_tm_part*",
                purpose="Notes which parts of the portal were seen",
                duration="1 day",
                party="first",
            ),
            Cookie(
                "tm_visitor",
                purpose="Tells visitors apart",
                duration="1 year",
                partitioned=True,
            ),
        ],
    )
    lanternfish = Service(
        "Lanternfish",
        id="lanternfish",
        category="marketing",
        provider="Lanternfish Media",
        party="third",
        function="Campaign measurement",
        location=FRONT,
        purpose="Tells us which of our advertisements led to a visit",
        policy_url=f"{third_parties}/lanternfish/privacy",
        countries=["US"],
        origins=[third_parties],
        cookies=[
            Cookie("lf_uid", purpose="Recognises you across sites", duration="90 days"),
            Cookie("lf_seen", purpose="Says which advertisements you saw", duration="30 days"),
            Cookie(
                "_lf_click",
                purpose="Remembers the advertisement that led here",
                duration="30 days",
                party="first",
            ),
        ],
    )
    cartolane = Service(
        "Cartolane maps",
        id="cartolane",
        category="functional",
        provider="Cartolane",
        party="third",
        function="Maps",
        location="pages of data sets",
        purpose="Shows where the data were measured",
        policy_url=f"{third_parties}/cartolane/privacy",
        countries=["NL"],
        origins=[third_parties],
        cookies=[
            Cookie(
                "cl_view",
                purpose="Remembers the map's last view",
                duration="session",
                partitioned=True,
            ),
        ],
    )
    return Policy(
        [SESSION, LANGUAGE, AUDIENCE, tallymark, lanternfish, cartolane],
        controller=CITY,
        contact="privacy@merival.example",
        updated=date(2026, 5, 4),
        language="en",
    )
