"""Partners: the registry of local offers, the families and their needs, and the referrals between them."""
