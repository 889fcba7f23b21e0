"""Analytics: past sessions, and what they add up to."""
