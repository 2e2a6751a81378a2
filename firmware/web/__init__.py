"""Pages for owner, supervisor and agent: a process of its own, a client of the API."""
