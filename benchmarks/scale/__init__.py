"""A web tier, a queue and workers under load, with processes killed in the middle.

``python -m benchmarks.scale`` starts everything on loopback and counts what was promised. It needs
a ``redis-server`` on the path; Linux, for what it reads from ``/proc``.
"""
