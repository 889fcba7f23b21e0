"""Agents: dispatches and jobs."""
