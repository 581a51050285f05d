"""What a family agreed to, took back, and asked to be kept safe from, through the verbs and the pages."""
