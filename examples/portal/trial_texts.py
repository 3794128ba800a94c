"""The words of the page "What the server enforces"."""

from __future__ import annotations

TRIAL_TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "trials": "What the server enforces",
        "trials_lead": "This page makes mistakes on purpose: it acts without asking for consent "
        "first. Answer the banner, change your mind, load it again, and see what gets through.",
        "refused": "Refused cookies",
        "refused_lead": "The view behind this page sets four cookies with every response, "
        "whatever you have answered. Those that you do not allow are taken out before it leaves.",
        "tried": "Tried to set",
        "says": "The policy says",
        "left": "Left the server",
        "says_nothing": "Nothing, so it is reported",
        "came": "Came with this request",
        "says_asked_yes": "{service}: you have allowed it",
        "says_asked_no": "{service}: not without your consent",
        "says_exempt_yes": "{service}: exempt, until you object",
        "says_exempt_no": "{service}: you have objected",
        "refused_note": "What left with this response comes with the next request. A cookie that "
        "no service declares is let through, and reported in the server’s log; the option "
        'undeclared="drop" would hold it back.',
        "withdrawal": "Withdrawal",
        "withdrawal_plant": "Allow Tallymark, then have it plant three cookies with this button. "
        "(Without your consent none of them leaves the server.)",
        "withdrawal_refuse": "Refuse Tallymark in the preferences.",
        "withdrawal_look": "Load this page again, twice at most: they are gone, also those that "
        "no script can see.",
        "plant": "Plant cookies",
        "place": "Path",
        "still": "Allowed",
        "withdrawal_note": "These came with this request. Where you have refused them, this "
        "response has deleted them already.",
        "carried_none": "This request carries no cookie of Tallymark’s.",
        "ungated": "A tag that somebody forgot to gate",
        "ungated_lead": "This page names a script of Tallymark’s outside any template, so it "
        "waits for nothing. But the page’s Content-Security-Policy lists no third party: the "
        "package adds the addresses of the services that you allow, and of no others.",
        "in_header": "Third parties in this response’s header",
        "open_yes": "The address of: {names}",
        "open_no": "None",
        "outcome": "The script",
        "outcome_unknown": "Without JavaScript no script runs at all.",
        "ran": "ran",
        "blocked": "blocked by the browser",
        "failed": "does not answer",
        "ungated_note": "The header comes with the page, so load it again after an answer. In "
        "this demonstration all three companies share one address: allowing any opens it.",
        "gpc": "Global Privacy Control",
        "gpc_on": "This request carried Sec-GPC: 1",
        "gpc_off": "This request carried no Sec-GPC: 1",
        "gpc_refused": "{service}: refused by it, as if you had done so.",
        "gpc_kept": "{service}: you have allowed it knowing of the signal, which counts more.",
        "gpc_would": "With it, this would be refused without a click: {services}.",
        "gpc_try": "In Firefox: Settings, Privacy & Security, “Tell websites not to sell or share "
        "my data”. Or, in a terminal:",
        "proof": "Proof",
        "proof_lead": "Each choice leaves a record in the site’s own database before it is "
        "answered.",
        "proof_id": "Record",
        "proof_time": "Chosen",
        "proof_granted": "Granted",
        "proof_refused": "Refused",
        "proof_receipt": "Download the receipt",
        "proof_none": "Your cookie names no record: you have not chosen, or granted nothing. A "
        "refusal is recorded too, but leaves no id in your browser.",
        "proof_note": "The owner of the site sees it like this:",
        "gpc_file": "tells browsers that this site heeds the signal.",
    },
    "fr": {
        "trials": "Ce que le serveur fait respecter",
        "trials_lead": "Cette page se trompe exprès : elle agit sans demander d’abord. Répondez "
        "au bandeau, changez d’avis, rechargez-la, et voyez ce qui passe.",
        "refused": "Cookies refusés",
        "refused_lead": "La vue derrière cette page dépose quatre cookies à chaque réponse, quoi "
        "que vous ayez répondu. Ceux que vous n’autorisez pas sont retirés avant le départ.",
        "tried": "Cookie tenté",
        "says": "Ce que dit la politique",
        "left": "Parti du serveur",
        "says_nothing": "Rien : il est signalé",
        "came": "Venu avec cette requête",
        "says_asked_yes": "{service} : vous l’avez autorisé",
        "says_asked_no": "{service} : pas sans votre accord",
        "says_exempt_yes": "{service} : exempté, sauf objection",
        "says_exempt_no": "{service} : vous vous y opposez",
        "refused_note": "Ce qui est parti avec cette réponse revient avec la requête suivante. Un "
        "cookie qu’aucun service ne déclare passe, et le journal du serveur le signale ; l’option "
        'undeclared="drop" le retiendrait.',
        "withdrawal": "Retrait",
        "withdrawal_plant": "Autorisez Tallymark, puis faites-lui déposer trois cookies avec ce "
        "bouton. (Sans votre accord, aucun ne quitte le serveur.)",
        "withdrawal_refuse": "Refusez Tallymark dans les paramètres.",
        "withdrawal_look": "Rechargez cette page, deux fois au plus : ils ont disparu, même ceux "
        "qu’aucun script ne voit.",
        "plant": "Déposer des cookies",
        "place": "Chemin",
        "still": "Autorisé",
        "withdrawal_note": "Ils sont venus avec cette requête. Si vous les avez refusés, cette "
        "réponse les a déjà supprimés.",
        "carried_none": "Cette requête ne porte aucun cookie de Tallymark.",
        "ungated": "Une balise que l’on a oublié de retenir",
        "ungated_lead": "Cette page nomme un script de Tallymark hors de tout gabarit : il "
        "n’attend donc rien. Mais la Content-Security-Policy de la page ne cite aucun tiers : "
        "s’y ajoutent les adresses des services que vous autorisez, et aucune autre.",
        "in_header": "Tiers dans l’en-tête de cette réponse",
        "open_yes": "L’adresse de : {names}",
        "open_no": "Aucun",
        "outcome": "Le script",
        "outcome_unknown": "Sans JavaScript, aucun script ne s’exécute.",
        "ran": "exécuté",
        "blocked": "bloqué par le navigateur",
        "failed": "ne répond pas",
        "ungated_note": "L’en-tête vient avec la page : rechargez-la après une réponse. Dans cette "
        "démonstration, les trois sociétés partagent une adresse : en autoriser une l’ouvre.",
        "gpc": "Global Privacy Control",
        "gpc_on": "Cette requête portait Sec-GPC: 1",
        "gpc_off": "Cette requête ne portait pas Sec-GPC: 1",
        "gpc_refused": "{service} : refusé par ce signal, comme si vous l’aviez fait.",
        "gpc_kept": "{service} : vous l’avez autorisé malgré le signal, et cela l’emporte.",
        "gpc_would": "Avec ce signal serait refusé sans un clic : {services}.",
        "gpc_try": "Dans Firefox : Paramètres, Vie privée et sécurité, « Demander aux sites web "
        "de ne pas vendre ni partager mes données ». Ou, dans un terminal :",
        "proof": "Preuve",
        "proof_lead": "Chaque choix laisse une trace dans la base de données du site, avant la "
        "réponse.",
        "proof_id": "Enregistrement",
        "proof_time": "Choisi le",
        "proof_granted": "Accepté",
        "proof_refused": "Refusé",
        "proof_receipt": "Télécharger le reçu",
        "proof_none": "Votre cookie ne désigne aucun enregistrement : vous n’avez pas choisi, ou "
        "rien accepté. Un refus est enregistré aussi, mais ne laisse aucun identifiant dans votre "
        "navigateur.",
        "proof_note": "Le propriétaire du site le voit ainsi :",
        "gpc_file": "dit aux navigateurs que ce site respecte le signal.",
    },
}
