"""The data sets of the portal: small, built in, and invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

Words: TypeAlias = dict[str, str]
"""A text by language."""

MONTHS: tuple[Words, ...] = (
    {"en": "Jan", "fr": "janv."},
    {"en": "Feb", "fr": "févr."},
    {"en": "Mar", "fr": "mars"},
    {"en": "Apr", "fr": "avr."},
    {"en": "May", "fr": "mai"},
    {"en": "Jun", "fr": "juin"},
    {"en": "Jul", "fr": "juil."},
    {"en": "Aug", "fr": "août"},
    {"en": "Sep", "fr": "sept."},
    {"en": "Oct", "fr": "oct."},
    {"en": "Nov", "fr": "nov."},
    {"en": "Dec", "fr": "déc."},
)

THEMES: dict[str, Words] = {
    "mobility": {"en": "Mobility", "fr": "Mobilité"},
    "environment": {"en": "Environment", "fr": "Environnement"},
    "culture": {"en": "Culture", "fr": "Culture"},
    "city": {"en": "City services", "fr": "Services de la ville"},
}


@dataclass(frozen=True)
class DataSet:
    """A table of one figure per label, with what people want to know about it.

    :param chart: how it is drawn: over time as a line or as columns, in ranks as bars.
    :param has_map: whether its page shows where the data come from.
    """

    id: str
    theme: str
    title: Words
    summary: Words
    unit: Words
    label: Words
    labels: tuple[Words, ...]
    values: tuple[float, ...]
    chart: Literal["line", "columns", "bars"]
    source: Words
    updated: date
    has_map: bool = False

    def rows(self, language: str) -> list[tuple[str, float]]:
        """Label and value of each row."""
        return [
            (label[language], value) for label, value in zip(self.labels, self.values, strict=True)
        ]


def _same(*labels: str) -> tuple[Words, ...]:
    """Labels that are the same in every language."""
    return tuple({"en": label, "fr": label} for label in labels)


MONTH = {"en": "Month", "fr": "Mois"}
ENVIRONMENT_OFFICE = {"en": "Environment Office", "fr": "Direction de l’environnement"}

CYCLING = DataSet(
    id="bicycle-counters",
    theme="mobility",
    title={"en": "Bicycle counters", "fr": "Compteurs de vélos"},
    summary={
        "en": "Bicycles passing the eight counters on the ring and the river path, per day.",
        "fr": "Vélos comptés chaque jour aux huit bornes du boulevard et des quais.",
    },
    unit={"en": "Bicycles a day", "fr": "Vélos par jour"},
    label=MONTH,
    labels=MONTHS,
    values=(4120, 4380, 6240, 7910, 9870, 11240, 10630, 9180, 11820, 9340, 6420, 4510),
    chart="line",
    source={"en": "Mobility Office", "fr": "Direction de la mobilité"},
    updated=date(2026, 4, 28),
    has_map=True,
)

AIR = DataSet(
    id="air-quality",
    theme="environment",
    title={"en": "Air quality at Place du Marché", "fr": "Qualité de l’air, place du Marché"},
    summary={
        "en": "Nitrogen dioxide at street level, as the mean of each month.",
        "fr": "Dioxyde d’azote au niveau de la rue, en moyenne mensuelle.",
    },
    unit={"en": "µg/m³ of NO₂", "fr": "µg/m³ de NO₂"},
    label=MONTH,
    labels=MONTHS,
    values=(31.4, 29.8, 26.1, 21.7, 18.2, 15.9, 14.6, 13.8, 18.9, 23.5, 28.2, 30.6),
    chart="line",
    source=ENVIRONMENT_OFFICE,
    updated=date(2026, 5, 2),
    has_map=True,
)

TREES = DataSet(
    id="street-trees",
    theme="environment",
    title={"en": "Street trees by genus", "fr": "Arbres d’alignement par genre"},
    summary={
        "en": "Every tree that the city looks after along streets and on squares.",
        "fr": "Tous les arbres que la ville entretient le long des rues et sur les places.",
    },
    unit={"en": "Trees", "fr": "Arbres"},
    label={"en": "Genus", "fr": "Genre"},
    labels=(
        {"en": "Plane", "fr": "Platane"},
        {"en": "Lime", "fr": "Tilleul"},
        {"en": "Maple", "fr": "Érable"},
        {"en": "Hornbeam", "fr": "Charme"},
        {"en": "Cherry", "fr": "Cerisier"},
        {"en": "Oak", "fr": "Chêne"},
        {"en": "Others", "fr": "Autres"},
    ),
    values=(3180, 2745, 2210, 1390, 960, 735, 1872),
    chart="bars",
    source=ENVIRONMENT_OFFICE,
    updated=date(2026, 3, 17),
    has_map=True,
)

LIBRARIES = DataSet(
    id="library-loans",
    theme="culture",
    title={"en": "Loans of the city libraries", "fr": "Prêts des bibliothèques"},
    summary={
        "en": "Books, films and games lent by each of the city’s libraries in 2025.",
        "fr": "Livres, films et jeux prêtés par chaque bibliothèque en 2025.",
    },
    unit={"en": "Loans", "fr": "Prêts"},
    label={"en": "Library", "fr": "Bibliothèque"},
    labels=_same("Centrale", "Les Tanneries", "Port-Nord", "Beaulieu", "Quai des Arts"),
    values=(214300, 96850, 71420, 58960, 31275),
    chart="bars",
    source={"en": "City Libraries", "fr": "Bibliothèques municipales"},
    updated=date(2026, 1, 30),
)

ENERGY = DataSet(
    id="energy-of-public-buildings",
    theme="city",
    title={"en": "Energy of public buildings", "fr": "Énergie des bâtiments publics"},
    summary={
        "en": "What schools, halls and offices use for heat and light, year by year.",
        "fr": "Chauffage et éclairage des écoles, salles et bureaux, année par année.",
    },
    unit={"en": "GWh a year", "fr": "GWh par an"},
    label={"en": "Year", "fr": "Année"},
    labels=_same("2018", "2019", "2020", "2021", "2022", "2023", "2024", "2025"),
    values=(61.2, 60.4, 52.9, 57.8, 51.6, 47.3, 45.1, 42.8),
    chart="columns",
    source={"en": "Buildings Office", "fr": "Direction du patrimoine"},
    updated=date(2026, 2, 11),
)

MARKETS = DataSet(
    id="market-stalls",
    theme="city",
    title={"en": "Stalls on the weekly markets", "fr": "Étals des marchés"},
    summary={
        "en": "Pitches taken on an average market day, counted over all five markets.",
        "fr": "Emplacements occupés un jour de marché moyen, sur les cinq marchés.",
    },
    unit={"en": "Stalls", "fr": "Étals"},
    label=MONTH,
    labels=MONTHS,
    values=(142, 151, 178, 214, 239, 251, 246, 198, 243, 221, 187, 169),
    chart="columns",
    source={"en": "Markets and Trade", "fr": "Marchés et commerce"},
    updated=date(2026, 4, 9),
    has_map=True,
)

DATASETS: dict[str, DataSet] = {d.id: d for d in (CYCLING, AIR, TREES, LIBRARIES, ENERGY, MARKETS)}


def find(theme: str, words: str, language: str) -> list[DataSet]:
    """The data sets of ``theme`` whose title or summary has all of ``words``, newest first.
    An empty theme and an empty text leave nothing out."""
    wanted = words.casefold().split()
    found = [
        d
        for d in DATASETS.values()
        if theme in ("", d.theme)
        and all(w in f"{d.title[language]} {d.summary[language]}".casefold() for w in wanted)
    ]
    return sorted(found, key=lambda d: d.updated, reverse=True)
