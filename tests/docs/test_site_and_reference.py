"""What looks over the built site, and what writes the reference."""

from __future__ import annotations

import inspect

import lkapi
from codegen import docstrings, reference_messages, reference_python
from lkapi._exports import MESSAGE_NAMES
from scripts import check_site
from tests.docs.pages import GENERATED, anchors_of


def test_a_site_is_looked_over(tmp_path):
    """What is loaded from elsewhere, and links to what is not there; other sites may be linked."""
    (tmp_path / "good.html").write_text('<h1 id="top"></h1><a href="bad.html#here">b</a>')
    (tmp_path / "bad.html").write_text(
        '<script src="//cdn.example/x.js"></script><p id="here"></p><img src="https://a.example/b.png">'
        '<a href="good.html#gone">g</a><a href="missing.html">m</a><a href="https://b.example/">b</a>'
    )
    (tmp_path / "site.css").write_text(
        "@import url(https://fonts.example/css); p {background: url(x.png)}"
    )
    assert check_site.problems_of(tmp_path) == [
        "bad.html loads //cdn.example/x.js",
        "bad.html loads https://a.example/b.png",
        "bad.html links to good.html#gone, which is not there",
        "bad.html links to missing.html, which is not there",
        "site.css loads https://fonts.example/css",
    ]
    assert check_site.main(str(tmp_path)) == 1


def test_docstrings_become_markdown():
    """Sections are lists, indented blocks are code."""
    doc = """Make ``it``.

    Like so::

        make(it)

    Args:
        it: what to make; more of
            that.

    Raises:
        ValueError: if ``it`` is bad.
    """
    assert docstrings.to_markdown(inspect.cleandoc(doc)) == (
        "Make `it`.\n\nLike so:\n\n```python\nmake(it)\n```\n\n"
        "Parameters:\n\n- `it`: what to make; more of that.\n\n"
        "Raises:\n\n- `ValueError`: if `it` is bad."
    )


def test_every_public_name_has_a_heading():
    """Of lkapi itself and of its errors; aliases too."""
    for module in ("lkapi", "errors"):
        names = lkapi.__all__ if module == "lkapi" else lkapi.errors.__all__
        anchors = anchors_of(GENERATED / "python" / f"{module}.md")
        documented = {name.lower() for name in names} - {"__version__"}
        assert documented - anchors == set()


def test_every_message_has_a_heading():
    """Each exported class, on the page that the table of modules says."""
    for name in MESSAGE_NAMES:
        value = getattr(lkapi, name)
        if isinstance(value, type) and value.__name__ == name:
            page, _, anchor = reference_messages.page_of(name).partition("#")
            assert anchor in anchors_of(GENERATED / page), name


def test_every_page_of_names_is_of_a_module_that_exists():
    """And begins with what the module says of itself."""
    for module in reference_python.PAGES:
        page = GENERATED / "python" / f"{module.removeprefix('lkapi.')}.md"
        assert f"`{module}`" in page.read_text(encoding="utf-8")
