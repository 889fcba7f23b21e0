"""One HTTP request in, one response out: the embedded server and its stateless sibling."""

from __future__ import annotations
