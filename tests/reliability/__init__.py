"""Crashes, races and lost connections: what must never be lost or done twice."""
