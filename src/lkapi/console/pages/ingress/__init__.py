"""Streaming in: ingress."""
