"""Recording and streaming out: egress."""
