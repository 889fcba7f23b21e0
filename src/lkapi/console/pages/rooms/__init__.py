"""Rooms and the people in them."""
