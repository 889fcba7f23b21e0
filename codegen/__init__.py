"""From ``protobufs/`` to ``lkapi.protocol``: load, schema, names, render. Not part of lkapi."""

from __future__ import annotations
