"""The checks of ``lkapi doctor``: each is a function that looks at one thing and changes nothing.

``examination.examine`` runs those of a server in order; ``environment.environment_report`` is
what can be said without one, and needs nothing beyond the library.
"""

from __future__ import annotations
