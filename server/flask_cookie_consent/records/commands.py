"""``flask consent records ...``: all commands, by name."""

from . import looking, upkeep
from .command import COMMANDS

__all__ = ["COMMANDS", "looking", "upkeep"]
