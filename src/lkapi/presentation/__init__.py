"""Requests and values as people read them: names, times, fields, and a call as a curl command.

The command line and the console show the same things by these modules.
"""

from __future__ import annotations
