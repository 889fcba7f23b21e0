"""How Sphinx builds the site from the repository's pages; scripts/docs runs it.

The source folder is the root of the repository, so that links between pages are the same on the
site as in the files. The order of the pages is in _toc.yml.
"""

from __future__ import annotations

import re
from typing import Any

from lkapi import __version__

project = "lkapi"
version = release = __version__
html_title = f"lkapi {version}"
language = "en"

extensions = ["myst_parser", "sphinx_external_toc"]
root_doc = "docs/index"
include_patterns = [
    "docs/**",
    "examples/README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
]
exclude_patterns = [".*", "build", "dist", "site", "src", "tests"]
external_toc_path = "docs/_toc.yml"
myst_heading_anchors = 4
nitpicky = True
smartquotes = False

html_theme = "furo"
html_static_path = ["_static"]
html_extra_path = ["_extra"]
html_css_files = ["site.css"]
html_copy_source = False
html_favicon = "_static/icon.svg"
html_theme_options: dict[str, Any] = {
    "navigation_with_keys": True,
    "light_css_variables": {"color-brand-primary": "#0b63c4", "color-brand-content": "#0b63c4"},
    "dark_css_variables": {"color-brand-primary": "#6fb1ff", "color-brand-content": "#6fb1ff"},
}
pygments_style = "default"
pygments_dark_style = "github-dark"

TITLED = re.compile(r'^```(\w+) title="([^"]+)"$', re.MULTILINE)


def name_code_blocks(_app: object, _name: str, source: list[str]) -> None:
    """Titles of code blocks, which a forge does not show, are captions on the site."""
    source[0] = TITLED.sub(r"```{code-block} \1\n:caption: \2\n", source[0])


def setup(app: Any) -> None:
    """Register the function above."""
    app.connect("source-read", name_code_blocks)
