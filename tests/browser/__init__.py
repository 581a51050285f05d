"""A real Chromium on a served Kith, with axe."""
