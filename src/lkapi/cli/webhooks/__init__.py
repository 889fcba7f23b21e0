"""What the webhook commands use: keys, an HTTP server, posting, recordings, sample events."""

from __future__ import annotations
