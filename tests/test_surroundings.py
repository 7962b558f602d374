"""What stands around a process changes nothing that is drawn, and nothing is said of it."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings

import pytest

from convanim import Conv, ConvanimError, animate
from convanim.frameworks.reading import read_text
from tests.render.test_matplotlib_parts import WITHOUT_PARTS

DRAWN = """
import os, sys
import convanim
content = convanim.animate(convanim.Conv(3, 2), width=60, still=0).encode("gif")
print(os.environ["MPLBACKEND"])
sys.stdout.flush()
sys.stdout.buffer.write(content)
"""


@pytest.mark.parametrize("is_whole", [False, True])
def test_matplotlibs_backend_and_folders_do_not_matter_and_stay_as_they_are(is_whole: bool) -> None:
    nowhere = dict.fromkeys(("HOME", "MPLCONFIGDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"), "/proc/nowhere")
    surroundings = {**os.environ, **nowhere, "MPLBACKEND": "rubbish"}
    program = f"{WITHOUT_PARTS if is_whole else ''}{DRAWN}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False, env=surroundings)
    said, _, content = done.stdout.partition(b"\n")
    assert (done.stderr, said) == (b"", b"rubbish")
    assert content == animate(Conv(3, 2), width=60, still=0).encode("gif")


@pytest.mark.parametrize("text", ["3ing", "nn.Conv2d(1, 1, 3if 1else 2)", "nn.Conv2d(1, 1, 0xfor x in y)"])
def test_pasted_text_is_no_cause_of_warnings(text: str) -> None:
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        with pytest.raises(ConvanimError):
            read_text(text)
    assert not warned
