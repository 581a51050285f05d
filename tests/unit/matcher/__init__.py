"""The matcher, room by room, and what must hold of every answer."""
