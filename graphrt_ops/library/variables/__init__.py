"""Variables by name: scopes that make and share them, their lists, templates, and variables in parts."""
