"""Phone calls of the embedded server: trunks, rules, numbers, simulated callees."""

from __future__ import annotations
