"""The shipped list is what its script makes."""

import importlib.util
from pathlib import Path

from identity.adapters.common_passwords import common_passwords

SCRIPT = Path(__file__).parents[1] / "make_common_passwords.py"


def test_the_list_is_fresh() -> None:
    spec = importlib.util.spec_from_file_location("make_common_passwords", SCRIPT)
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert common_passwords() == set(script.lines())
