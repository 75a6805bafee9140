"""The README's pictures: there, small enough to load, and told to who can't see them."""

import re
from pathlib import Path

from tests.pictures import DOCS, MOST

README = (Path(__file__).parents[2] / "README.md").read_text()
SHOWN = dict(re.findall(r"!\[([^\]]*)\]\(docs/([^)]+)\)", README))


def test_every_picture_is_shown_and_told() -> None:
    """Each file in docs/ stands in the README, with words for what is to be seen in it."""
    assert {path.name for path in DOCS.iterdir()} == set(SHOWN.values())
    assert all(len(words) > 100 for words in SHOWN)


def test_every_picture_loads_fast() -> None:
    """Each is a PNG of less than 300 KB."""
    for name in SHOWN.values():
        content = (DOCS / name).read_bytes()
        assert content.startswith(b"\x89PNG\r\n\x1a\n")
        assert len(content) < MOST, name
