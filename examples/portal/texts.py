"""The portal's own words, in its two languages."""

from __future__ import annotations

from datetime import date

from .trial_texts import TRIAL_TEXTS

LANGUAGES = {"en": "English", "fr": "Français"}

TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "site": "Merival Open Data",
        "skip": "Skip to the content",
        "nav": "Main",
        "nav_data": "Data sets",
        "nav_live": "Live view",
        "nav_trials": "Trials",
        "nav_account": "Account",
        "language": "Language",
        "imprint": "Imprint",
        "privacy": "Privacy policy",
        "cookies": "Cookie policy",
        "city": "City of Merival",
        "invented": "Merival is invented, and so are its figures and the companies it works with.",
        # Catalogue
        "lead": "Figures about the city, free to use by anybody for anything.",
        "search": "Search the data sets",
        "search_button": "Search",
        "theme": "Theme",
        "all": "All",
        "found_one": "1 data set",
        "found_many": "{n} data sets",
        "found_none": "No data set fits. Try fewer words, or another theme.",
        "updated": "Updated {date}",
        # Data set
        "chart": "{title}: {unit}",
        "table": "Figures as a table",
        "download": "Download",
        "facts": "About these data",
        "source": "Published by",
        "update": "Last update",
        "rows": "Rows",
        "licence": "Licence",
        "where": "Where it comes from",
        "map_title": "Map of the places",
        # Account
        "account": "Your account",
        "sign_in": "Sign in",
        "sign_in_lead": "Signed in, you can follow data sets and hear of new figures.",
        "name": "User name",
        "password": "Password",
        "demo_user": "In this demonstration: user name “ada”, password “merival”.",
        "wrong": "That user name and password do not belong together.",
        "signed_in": "You are signed in as {name}.",
        "session_note": "Since you signed in there is a cookie “sessionid”. It is necessary, "
        "so nobody asked; nothing else came with it.",
        "follows": "You follow no data sets yet.",
        "browse": "Go to the data sets",
        "sign_out": "Sign out",
        # Imprint, policy, missing page
        "imprint_who": "City of Merival, Open Data Office, 1 Place du Marché, Merival",
        "imprint_mail": "Mail",
        "imprint_charge": "Responsible for the content: the Open Data Office.",
        "privacy_lead": "The City of Merival decides what this portal does with personal data.",
        "privacy_what": "It keeps your user name while you are signed in, and proof of each answer "
        "about cookies: when it was given and what it says, not by whom.",
        "privacy_rights": "You can ask what is kept about you, have it corrected or erased, and "
        "complain to the data protection authority.",
        "cookies_lead": "What this portal and the companies it works with store on your device, "
        "what it is for, and how long it stays.",
        "cookies_language": "",
        "missing": "There is no such page",
        "missing_lead": "It may have moved, or the address has a typing error.",
        # Live
        "live": "What happens here",
        "live_lead": "This page looks at itself once a second. Load pages, answer the banner, "
        "change your mind under “Cookie settings”, and watch what changes.",
        "live_waits": "Without JavaScript it does not follow by itself.",
        "reload": "Look again",
        "restart": "Start over: forget every cookie and count",
        "fact_choice": "Your choice",
        "fact_cookies": "Cookies of this site",
        "fact_third": "Requests to third parties",
        "choice_none": "None yet",
        "choice_accept": "Accepted all",
        "choice_reject": "Rejected all",
        "choice_save": "Own selection",
        "choice_other": "Made",
        "services": "What the server believes",
        "services_note": "The answer of consent.allows(…) for every service of the policy.",
        "service": "Service",
        "id": "Id",
        "category": "Category",
        "may_run": "May run",
        "yes": "Yes",
        "no": "No",
        "jar": "Cookies of this site",
        "jar_note": "The ones that came with this request, and whether scripts can see them "
        "in document.cookie.",
        "cookie": "Cookie",
        "belongs": "Belongs to",
        "scripts": "Scripts see it",
        "jar_none": "No cookies: this site has stored nothing on your device.",
        "undeclared": "not in the policy",
        "leftover": "{service}, no longer allowed",
        "visits": "Page views in the anonymised statistics",
        "third": "What the third parties have seen",
        "third_note": "All requests that reached them since the portal was started, "
        "and the cookies that came with those. Some browsers keep such cookies back.",
        "path": "Address",
        "times": "Times",
        "third_none": "Nothing: not one request has reached them.",
        "third_off": "They do not answer.",
        "cookies_sent": "Cookie received",
        "cookies_none": "No cookie has reached them.",
    },
    "fr": {
        "site": "Données Merival",
        "skip": "Aller au contenu",
        "nav": "Principale",
        "nav_data": "Jeux de données",
        "nav_live": "En direct",
        "nav_trials": "Essais",
        "nav_account": "Compte",
        "language": "Langue",
        "imprint": "Mentions légales",
        "privacy": "Politique de confidentialité",
        "cookies": "Politique de cookies",
        "city": "Ville de Merival",
        "invented": "Merival est imaginaire, comme ses chiffres et les sociétés citées.",
        "lead": "Les chiffres de la ville, libres pour tous et pour tout usage.",
        "search": "Chercher dans les jeux de données",
        "search_button": "Chercher",
        "theme": "Thème",
        "all": "Tous",
        "found_one": "1 jeu de données",
        "found_many": "{n} jeux de données",
        "found_none": "Aucun jeu ne correspond. Essayez moins de mots ou un autre thème.",
        "updated": "Mis à jour le {date}",
        "chart": "{title}: {unit}",
        "table": "Les chiffres en tableau",
        "download": "Télécharger",
        "facts": "À propos de ces données",
        "source": "Publié par",
        "update": "Dernière mise à jour",
        "rows": "Lignes",
        "licence": "Licence",
        "where": "D’où elles viennent",
        "map_title": "Plan des lieux",
        "account": "Votre compte",
        "sign_in": "Se connecter",
        "sign_in_lead": "Un compte permet de suivre des jeux de données et leurs nouveautés.",
        "name": "Identifiant",
        "password": "Mot de passe",
        "demo_user": "Pour cette démonstration : identifiant « ada », mot de passe « merival ».",
        "wrong": "Cet identifiant et ce mot de passe ne vont pas ensemble.",
        "signed_in": "Vous êtes connecté en tant que {name}.",
        "session_note": "Depuis la connexion, il y a un cookie « sessionid ». Il est nécessaire, "
        "donc sans question ; rien d’autre n’est venu avec lui.",
        "follows": "Vous ne suivez encore aucun jeu de données.",
        "browse": "Voir les jeux de données",
        "sign_out": "Se déconnecter",
        "imprint_who": "Ville de Merival, Service des données ouvertes, 1 place du Marché, Merival",
        "imprint_mail": "Courriel",
        "imprint_charge": "Responsable du contenu : le Service des données ouvertes.",
        "privacy_lead": "La Ville de Merival décide de ce que ce portail fait des données "
        "personnelles.",
        "privacy_what": "Il garde votre identifiant tant que vous êtes connecté, et la preuve de "
        "chaque réponse sur les cookies : sa date et ce qu’elle dit, pas qui l’a donnée.",
        "privacy_rights": "Vous pouvez demander ce qui est gardé sur vous, le faire corriger ou "
        "effacer, et saisir l’autorité de protection des données.",
        "cookies_lead": "Ce que ce portail et les sociétés avec lesquelles il travaille déposent "
        "sur votre appareil, pourquoi, et pour combien de temps.",
        "cookies_language": "Les services et leurs finalités sont décrits en anglais.",
        "missing": "Cette page n’existe pas",
        "missing_lead": "Elle a peut-être changé de place, ou l’adresse contient une erreur.",
        "live": "Ce qui se passe ici",
        "live_lead": "Cette page s’observe chaque seconde. Ouvrez des pages, répondez au bandeau, "
        "changez d’avis sous « Paramètres des cookies », et voyez ce qui change.",
        "live_waits": "Sans JavaScript, elle ne se met pas à jour d’elle-même.",
        "reload": "Regarder à nouveau",
        "restart": "Recommencer : oublier cookies et compteurs",
        "fact_choice": "Votre choix",
        "fact_cookies": "Cookies de ce site",
        "fact_third": "Requêtes vers des tiers",
        "choice_none": "Aucun",
        "choice_accept": "Tout accepté",
        "choice_reject": "Tout refusé",
        "choice_save": "Sur mesure",
        "choice_other": "Fait",
        "services": "Ce que croit le serveur",
        "services_note": "La réponse de consent.allows(…) pour chaque service de la politique.",
        "service": "Service",
        "id": "Identifiant",
        "category": "Catégorie",
        "may_run": "Autorisé",
        "yes": "Oui",
        "no": "Non",
        "jar": "Cookies de ce site",
        "jar_note": "Ceux qui sont venus avec cette requête, et si les scripts les voient "
        "dans document.cookie.",
        "cookie": "Cookie",
        "belongs": "Appartient à",
        "scripts": "Vu des scripts",
        "jar_none": "Aucun cookie : ce site n’a rien déposé sur votre appareil.",
        "undeclared": "absent de la politique",
        "leftover": "{service}, plus autorisé",
        "visits": "Pages vues dans les statistiques anonymisées",
        "third": "Ce que les tiers ont vu",
        "third_note": "Toutes les requêtes arrivées chez eux depuis le démarrage du portail, "
        "et les cookies venus avec elles. Certains navigateurs retiennent ces cookies.",
        "path": "Adresse",
        "times": "Fois",
        "third_none": "Rien : pas une requête ne leur est parvenue.",
        "third_off": "Ils ne répondent pas.",
        "cookies_sent": "Cookie reçu",
        "cookies_none": "Aucun cookie ne leur est parvenu.",
    },
}

for _language, _words in TRIAL_TEXTS.items():
    TEXTS[_language].update(_words)

MONTH_NAMES = {
    "en": "January February March April May June July August September October November December",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
}

#: Decimal mark and thousands separator (a narrow no-break space in French).
MARKS = {"en": (".", ","), "fr": (",", "\u202f")}


def text(key: str, language: str, **values: object) -> str:
    """The text for ``key``, with ``values`` filled in."""
    return TEXTS[language][key].format_map(values)


def number(value: float, language: str) -> str:
    """A number as people write it: ``11,820`` or ``31,4``."""
    decimal, thousands = MARKS[language]
    whole, _, part = f"{value:,.1f}".removesuffix(".0").partition(".")
    whole = whole.replace(",", thousands)
    return f"{whole}{decimal}{part}" if part else whole


def day(when: date, language: str) -> str:
    """A date as people write it: ``4 May 2026`` or ``1er mai 2026``."""
    first = "1er" if language == "fr" and when.day == 1 else str(when.day)
    return f"{first} {MONTH_NAMES[language].split()[when.month - 1]} {when.year}"
