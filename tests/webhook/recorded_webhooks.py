"""The webhook vectors: deliveries of a real server, and cases signed for tests."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "vectors" / "webhooks"
SIGNED = json.loads((FOLDER / "signed.json").read_text())
RETRIED = json.loads((FOLDER / "_delivery.json").read_text())["deliveries"]


def recorded() -> list[tuple[str, dict[str, Any]]]:
    """Each delivery of the real server, with a name for it."""
    found: list[tuple[str, dict[str, Any]]] = []
    for path in sorted(FOLDER.glob("*.json")):
        if path.stem not in ("signed", "_delivery"):
            deliveries = json.loads(path.read_text())["deliveries"]
            found += [(f"{path.stem}.{n}", delivery) for n, delivery in enumerate(deliveries)]
    return found


def body_of(case: dict[str, Any]) -> bytes:
    if "body_b64" in case:
        return base64.b64decode(case["body_b64"])
    return case["body"].encode()
