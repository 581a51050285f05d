"""The authorisation matrix: every route and method, for everybody, over records in every state; see table.csv for what is expected."""
