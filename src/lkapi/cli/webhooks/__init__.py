"""What the webhook commands stand on: keys, an HTTP server, posting, recordings, sample events."""

from __future__ import annotations
