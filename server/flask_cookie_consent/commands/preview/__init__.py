"""``flask consent preview``: the site's own policy in every look, before anybody deploys it.

A page on 127.0.0.1 with controls for what :class:`~...extension.CookieConsent` takes, and a frame
with a page of a real app made with those options (:mod:`.site`). Beside it stand the bytes that
visitors would load, what :file:`banner/js/tools/measure.js` measures in the frame, and the lines of
Python to paste.
"""
