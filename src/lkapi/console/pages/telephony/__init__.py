"""Telephony: trunks, rules and calls."""
