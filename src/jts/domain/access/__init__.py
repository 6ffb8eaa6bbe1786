"""Who may do what: principals, roles, scopes."""
