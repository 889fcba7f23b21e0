"""From ``protobufs/`` to ``lkapi.protocol``: load, schema, names, render. Never imported by lkapi."""

from __future__ import annotations
