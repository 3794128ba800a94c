"""Somebody else's implementation, to compare with."""

from __future__ import annotations

import importlib
import subprocess
import sys
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def aics_tlog(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """Somebody else's implementation of what we do. It asks for Python 3.12, and runs on older
    ones as well."""
    try:
        return importlib.import_module("aics_tlog")
    except ImportError:
        folder = str(tmp_path_factory.mktemp("aics_tlog"))
        options = ["--quiet", "--no-deps", "--ignore-requires-python", "--target", folder]
        command = [sys.executable, "-m", "pip", "install", *options, "aics-tlog>=0.2,<0.3"]
        subprocess.run(command, check=True)
        sys.path.append(folder)
        return importlib.import_module("aics_tlog")
