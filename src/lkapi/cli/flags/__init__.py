"""Flags made from the fields of a request message, and the request made from flags and files."""

from __future__ import annotations
