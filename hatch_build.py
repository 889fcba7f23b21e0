"""The README as an index page shows it: no link there may lead to a file of the repository."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_PICTURE = re.compile(r"<picture>.*?</picture>\n*", re.DOTALL)
_LINK = re.compile(r"\[([^\]]+)\]\((?!https?://)([^)\s]+)\)")
_SOURCE = re.compile(r'(src|srcset)="(?!https?://)([^"]+)"')


def published(text: str, repository: str) -> str:
    """The text with links and pictures of the repository's address.

    Without an address, links become plain text and pictures go.
    """
    if not repository:
        return _LINK.sub(r"\1", _PICTURE.sub("", text))
    base = repository.rstrip("/")
    text = _LINK.sub(rf"[\1]({base}/blob/HEAD/\2)", text)
    return _SOURCE.sub(rf'\1="{base}/raw/HEAD/\2"', text)


class ReadmeHook(MetadataHookInterface):
    """Writes the long description; the address is ``Repository`` of ``[project.urls]``."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set ``readme``."""
        text = (Path(self.root) / "README.md").read_text("utf-8")
        repository = metadata.get("urls", {}).get("Repository", "")
        content = published(text, repository)
        metadata["readme"] = {"content-type": "text/markdown", "text": content}
