"""The checks of ``lkapi doctor``: each is a function that checks one thing and changes nothing.

``examination.examine`` runs those of a server in order; ``environment.environment_report`` is the
report without a server, and needs nothing beyond the library.
"""

from __future__ import annotations
