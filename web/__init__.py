"""The web: turns requests into partners' verbs and back. Decides nothing."""
