"""From ``protobufs/`` to ``lkapi.protocol``: load, schema, names, render. lkapi never imports it."""

from __future__ import annotations
