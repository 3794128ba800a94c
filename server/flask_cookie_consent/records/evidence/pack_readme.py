"""The README of a proof pack: for who has never seen one."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime

from ..queries import utc
from .evidence import Evidence, Use
from .pictures import Pictures


def readme(evidence: Evidence, served: Collection[str], pictures: Pictures, now: datetime) -> str:
    """The text.

    :param served: names of the files of code that are in the pack.
    :param now: when the pack was made.
    """
    row = evidence.row
    policy = json.loads(row["content"])["policy"]
    first, newest = evidence.heads[0], evidence.heads[-1]
    return _TEXT.format(
        name=row["name"],
        controller=policy.get("controller") or "not said in the policy",
        version=policy.get("version") or "none",
        language=row["language"],
        regime=row["regime"],
        stored=utc(row["stored"] / 1000),
        use=_use(evidence.use),
        leaf=row["leaf"],
        first=f"{utc(first.head.time / 1000)}, {first.head.size} leaves ({first.file})",
        newest=f"{utc(newest.head.time / 1000)}, {newest.head.size} leaves ({newest.file})",
        made=utc(int(now.timestamp())),
        origin=evidence.verifier.name,
        code=_code(evidence.documents["sha256"], served),
        pictures=_pictures(pictures),
    )


def _use(use: Use) -> str:
    if not use.number:
        return "no record names it"
    return f"{use.number} records name it, the first of {use.first}, the last of {use.last}" + (
        f"; {use.purged} of them have been deleted since" if use.purged else ""
    )


def _code(hashes: Collection[str], served: Collection[str]) -> str:
    if len(served) == len(hashes):
        return "All of these files are here."
    if not served:
        return "None of these files is here: the site serves others by now."
    return (
        f"{len(served)} of these {len(hashes)} files are here; the site serves others in place of "
        "the rest by now."
    )


def _pictures(pictures: Pictures) -> str:
    taken = f"taken with {pictures.browser}" if pictures.files else "NONE"
    return taken if pictures.fault is None else f"{taken}; NOT COMPLETE: {pictures.fault}"


_TEXT = """\
PROOF OF WHAT VISITORS WERE SHOWN WHEN THEY WERE ASKED FOR CONSENT

Snapshot          {name}
Controller        {controller}
Policy version    {version}
Language, regime  {language}, {regime}
First shown       {stored} (time of the server that stored it)
Records           {use}
Place in the log  leaf {leaf} of the log {origin!r}
First head        {first}
Newest head       {newest}
Pack made         {made}
Screenshots       {pictures}

All times are UTC. The days of choices are by the visitors' own clocks.

A snapshot is everything that decides what the page asking for consent shows: texts, policy,
regime, templates, look. Its name is a hash of that. Each record of a choice names the snapshot
that the visitor's page showed. The site's log is a Merkle tree of all records and snapshots; its
heads are signed, and stand for all that the log has until then.


WHAT EACH FILE IS

snapshot/content.json    What is hashed into the name: texts, policy with all services and
                         cookies, regime, hash of the templates.
snapshot/documents.json  The pages, and the hashes of scripts and styles, as they were sealed.
pages/*.html             The same pages as files; open them in a browser. first_layer is the
                         banner, alone on an empty page; preferences is the second layer, which
                         scripts show as a dialog; policy is the cookie policy.
screenshots/*.png        What a browser shows of the top of these pages: on a phone (360x740) and
                         a desktop (1280x800), light and dark. They were taken when this pack was
                         made, not when visitors saw the pages; the pages are those of that time.
                         Colours and fonts that the site's own style sheet sets are not in them.
code/hashes.sha256       SHA-256 of scripts and styles that the site served with these pages.
code/*                   {code}
use.json                 How many records name the snapshot, and on which days, deleted ones too.
history.json             All snapshots of the site: the successive configurations.
heads/*.txt              Signed heads of the log, by day and number of leaves: the first that has
                         the snapshot, at most one of each later day, and the newest.
proof.json               The sealed entry of the snapshot, and the way from it to each head.
key.txt                  The public key of the site.
checksums.sha256         SHA-256 of every other file.


HOW TO CHECK IT

1. Whether it is complete:            sha256sum -c checksums.sha256
2. Whether it is what was sealed, without the site's database:

       pip install 'flask-cookie-consent[records]'
       python -m flask_cookie_consent.proof.check_pack FOLDER_OR_ZIP --key VKEY

   VKEY is the site's public key, from where the site publishes it. That in key.txt is for
   comparison: who could forge this pack could have put another one there.
3. Since when it has been so: a head has no time in it. That it existed on a day is proven by who
   got it that day from the site: a mail, a public page, a time stamp. Add --head FILE with that
   head to see whether it is one of those here.
4. A receipt of one visitor's choice names its snapshot; it is the one of this pack if the name is.

Without that program: a leaf hash is SHA-256 over a zero byte and `entry` of proof.json as JSON
with sorted keys, without spaces, in UTF-8. `content` and `documents` in it are the SHA-256 of the
two files in snapshot/. Inclusion is verified as in RFC 9162, section 2.1.3.2. Heads are C2SP
checkpoints (https://c2sp.org/tlog-checkpoint), the key is a C2SP vkey.


WHAT IT IS FOR

GDPR, Art. 7(1), asks for proof of consent. The French authority CNIL, in its recommendation on
cookies and other trackers (deliberation no. 2020-092 of 17 September 2020), names means of proof
among others:

- the versions of the code, deposited with a third party, or a hash of them published on a public
  platform with a time:                 code/, and heads that were published
- a screenshot of what was displayed on a mobile or desktop device, with its time, for each
  version:                              screenshots/, pages/
- regular audits of how consent is collected, by third parties: none is in here; an auditor can
  check this pack, and the whole log with `flask consent records verify`
- the tools used and their successive configurations, with times:
                                        snapshot/content.json, history.json
"""
