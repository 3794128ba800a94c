"""``flask consent records``: what a site's owner does with the proof of every choice."""

import click

from . import browse, upkeep


def commands() -> dict[str, click.Command]:
    """All of them, by name."""
    found: list[click.Command] = [
        browse.export,
        browse.list_,
        browse.prove,
        browse.show,
        browse.status,
        upkeep.head,
        upkeep.migrate_,
        upkeep.purge_,
        upkeep.rebuild,
        upkeep.seal_,
        upkeep.verify_,
    ]
    return {command.name: command for command in found if command.name}
