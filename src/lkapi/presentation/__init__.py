"""Requests and values as people read them: names, times, fields, and a call as a curl command.

The command line and the console both use these modules.
"""

from __future__ import annotations
